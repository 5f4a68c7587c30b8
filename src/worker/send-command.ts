import { Client, WorkflowNotFoundError, WorkflowUpdateFailedError, isGrpcServiceError } from '@temporalio/client';
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { SendCommand, SendResult } from '../../activities/bulk.js';
import { orderWorkflowId } from '../../workflows/order/messages.js';
import type { CommandAnswer, CommandEnvelope } from '../../workflows/temporal/protocol.js';
import { fingerprintOf } from '../temporal/ids.js';
import { dataConverter } from '../temporal/payload-codecs.js';

/** How long an order may take to process a command. */
const processedWithinMs = 5_000;

/** gRPC codes that concern one run: its workflow task fails, or it has too many open Updates. */
const runIsStuck = new Set([2 /* UNKNOWN */, 3 /* INVALID_ARGUMENT */, 4 /* DEADLINE_EXCEEDED */, 9, 10 /* ABORTED */]);

const closed = "The order's run has closed: the order has ended, or its run was ended from outside. Open the order";

const notProcessed: SendResult = {
  result: 'failed',
  code: 'not_processed_yet',
  message: 'The order has not processed this yet. It may still take effect',
};

/** Sends commands to orders as the API does: as Updates of their runs. */
export function commandSender(connection: NativeConnection, namespace: string): SendCommand {
  const client = new Client({ connection, namespace, dataConverter });
  return async ({ orderId, command, body, by, id }) => {
    const envelope: CommandEnvelope<object> = {
      fingerprint: fingerprintOf({ command, body }),
      by: { role: 'operator', name: by },
      body,
    };
    const run = client.workflow.getHandle(orderWorkflowId(orderId));
    try {
      await client.withDeadline(Date.now() + processedWithinMs, () =>
        run.executeUpdate<CommandAnswer, [typeof envelope]>(command, { args: [envelope], updateId: id }),
      );
      return { result: 'done' };
    } catch (error) {
      return resultOf(error);
    }
  };
}

/** @throws the error, if it is not about the order: Temporal does not answer. */
function resultOf(error: unknown): SendResult {
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    if (cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow') {
      return { result: 'done' };
    }
    if (cause instanceof ApplicationFailure) {
      return { result: 'refused', code: cause.type ?? 'wrong_status', message: cause.message };
    }
    return notProcessed;
  }
  if (error instanceof WorkflowNotFoundError) {
    return { result: 'refused', code: 'order_ended', message: closed };
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return notProcessed;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at) && runIsStuck.has(at.code)) return notProcessed;
  }
  throw error;
}
