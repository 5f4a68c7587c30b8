import { Context } from '@temporalio/activity';
import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { OwnPublication } from '../../activities/orders.js';
import { publicationQuery } from '../../workflows/temporal/protocol.js';

/** A run answers a query only between two workflow tasks. Shorter than the activity that asks. */
const withinMs = 5_000;

/**
 * Asks the run that has called this activity what it would publish now.
 *
 * @returns undefined where the run does not answer such a question, or has closed meanwhile.
 * @throws while no worker can replay the run, and while Temporal does not answer.
 */
export const ownPublication: OwnPublication = async () => {
  const { client, info } = Context.current();
  const { workflowId, runId } = info.workflowExecution!;
  const run = client.workflow.getHandle(workflowId, runId);
  try {
    return await client.withDeadline(Date.now() + withinMs, async () => {
      const publication = await run.query<Awaited<ReturnType<OwnPublication>>>(publicationQuery);
      // A closed run has stored its last view itself. It is replayed for a query, and finds its steps at slightly other times.
      const { status } = await run.describe();
      return status.name === 'RUNNING' ? publication : undefined;
    });
  } catch (error) {
    if (error instanceof QueryNotRegisteredError || error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};
