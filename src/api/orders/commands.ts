import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { OrderView } from '../../../contracts/order.js';
import { isEnded } from '../../../contracts/statuses.js';
import { orderWorkflowId, type CommandBodies, type OrderCommand } from '../../../workflows/order/messages.js';
import type { CommandAnswer, CommandEnvelope } from '../../../workflows/temporal/protocol.js';
import { fingerprintOf } from '../../temporal/ids.js';
import type { Principal } from '../auth/principal.js';
import { TEMPORAL } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';
import { MessageQueue } from '../runs/message-queue.js';
import { refusalOf, updateProblem } from '../runs/update-problem.js';
import { OrderReader } from './order-reader.js';
import { Settling, refused } from './settling.js';
import type { TemporalClient } from '../../temporal/connection.js';

/** How long an Update may take, until it is accepted and published. The calls that it causes come later. */
export const processedWithinMs = 5000;

export interface CommandRequest<Name extends OrderCommand> {
  orderId: string;
  command: Name;
  body: CommandBodies[Name];
  caller: Principal;
  /** The Idempotency-Key: an accepted command repeats its answer. */
  key: string | undefined;
}

/** Sends a command to an open order, as an Update of its run. The run may refuse it. */
@Injectable()
export class Commands {
  constructor(
    @Inject(TEMPORAL) private readonly client: TemporalClient,
    @Inject(OrderReader) private readonly reader: OrderReader,
    @Inject(MessageQueue) private readonly queue: MessageQueue,
    @Inject(Settling) private readonly settling: Settling,
  ) {}

  /**
   * @returns the order, once the command is accepted and published.
   * @throws {ApiProblem} not_found; the run's refusal; order_ended; idempotency_key_reused; not_processed_yet; overloaded.
   */
  send<Name extends OrderCommand>(request: CommandRequest<Name>): Promise<OrderView> {
    const { orderId, command, caller } = request;
    const lane = command === 'cancel' || caller.role === 'operator' ? 'reserve' : 'commands';
    return this.queue.send(lane, `${orderWorkflowId(orderId)} ${caller.shopId}`, () => this.sendNow(request));
  }

  private async sendNow<Name extends OrderCommand>(request: CommandRequest<Name>): Promise<OrderView> {
    const { orderId, command, body, caller } = request;
    await this.reader.requireVisible(orderId, caller);
    const envelope: CommandEnvelope<CommandBodies[Name]> = {
      fingerprint: fingerprintOf({ command, body }),
      by: { role: caller.role, name: caller.name },
      body,
    };
    const answer = await this.update(command, envelope, request);
    if (!answer) return this.withoutRun(request);
    requireOwnAnswer(envelope.fingerprint, answer.fingerprint);
    return this.reader.afterCommand(orderId, answer.revision);
  }

  /** The order's run has closed: the order has ended, or its run was ended from outside. */
  private async withoutRun<Name extends OrderCommand>(request: CommandRequest<Name>): Promise<OrderView> {
    const { orderId, command, body, caller } = request;
    const view = await this.reader.findLive(orderId, caller, 2000);
    if (view.failure?.code !== 'terminated' || isEnded(view.status)) throw orderEnded(view);
    if (command !== 'resolve') {
      throw refused(
        view,
        'wrong_status',
        "The order's run was ended from outside. An operator has to abandon the order",
      );
    }
    await this.settling.resolve(view, body as CommandBodies['resolve']);
    return view;
  }

  /** @returns undefined where the order's run has closed. */
  private async update<Name extends OrderCommand>(
    command: Name,
    envelope: CommandEnvelope<CommandBodies[Name]>,
    { orderId, key, caller }: CommandRequest<Name>,
  ): Promise<CommandAnswer | undefined> {
    const run = this.client.workflow.getHandle(orderWorkflowId(orderId));
    const deadline = Date.now() + processedWithinMs;
    const sendAs = (updateId: string): Promise<CommandAnswer> =>
      this.client.withDeadline(deadline, () =>
        run.executeUpdate<CommandAnswer, [typeof envelope]>(command, { args: [envelope], updateId }),
      );
    try {
      return await retryUnderNewId(key ?? randomUUID(), sendAs);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || closedMeanwhile(error)) return undefined;
      throw await this.withReason(await this.withReturn(updateProblem(error), orderId, caller), orderId);
    }
  }

  /** A run that its code cannot replay processes nothing. The sender is told, because sending it again soon does not help. */
  private async withReason(problem: unknown, orderId: string): Promise<unknown> {
    if (!(problem instanceof ApiProblem) || problem.code !== 'not_processed_yet') return problem;
    if ((await this.reader.haltOf(orderId)) !== 'code_mismatch') return problem;
    return new ApiProblem(
      problem.code,
      "The deployed workflow code cannot replay the order's run, so the order has not processed this yet. It takes effect when code that fits is deployed",
      problem.extras,
      { cause: problem },
    );
  }

  /** The order's run knows neither its returns nor, once it has closed, the time. So `return` is possible when GET says so. */
  private async withReturn(problem: unknown, orderId: string, caller: Principal): Promise<unknown> {
    if (!(problem instanceof ApiProblem) || !problem.extras.possible?.includes('return')) return problem;
    const { view } = await this.reader.find(orderId, caller);
    const possible = problem.extras.possible.filter((each) => each !== 'return' || view.possible.includes(each));
    return new ApiProblem(problem.code, problem.message, { ...problem.extras, possible });
  }
}

/** Temporal repeats a kept refusal under the same id forever. A new id makes the run decide again. */
export async function retryUnderNewId<Answer>(
  id: string,
  sendAs: (updateId: string) => Promise<Answer>,
): Promise<Answer> {
  for (let round = 1; ; round += 1) {
    try {
      return await sendAs(round === 1 ? id : `${id}#${round}`);
    } catch (error) {
      if (!refusalOf(error)?.refusal.kept) throw error;
    }
  }
}

/** The run closed between accepting the Update and answering it. */
function closedMeanwhile(error: unknown): boolean {
  const { cause } = error as { cause?: { type?: string } };
  return cause?.type === 'AcceptedUpdateCompletedWorkflow';
}

export function orderEnded({ status, possible }: OrderView): ApiProblem {
  const detail = `The order has ended: it is ${status}`;
  return new ApiProblem('order_ended', detail, { orderStatus: status, possible });
}

/** The Update's id is the Idempotency-Key, so a reused key gets the answer of the first command. */
export function requireOwnAnswer(sent: string, answered: string): void {
  if (sent === answered) return;
  throw new ApiProblem(
    'idempotency_key_reused',
    'This Idempotency-Key belongs to another command or body. Use a new key for a new command',
  );
}
