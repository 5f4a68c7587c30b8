import { Body, Controller, HttpCode, Inject, Patch, Post, applyDecorators } from '@nestjs/common';
import {
  amendBody,
  cancelBody,
  decisionBody,
  paymentBody,
  receiptBody,
  resolveBody,
  reviewBody,
} from '../../../contracts/commands.schema.js';
import { orderView } from '../../../contracts/view.schema.js';
import { reserveStock } from '../../../workflows/order/process.js';
import type { CommandBodies, OrderCommand } from '../../../workflows/order/messages.js';
import { OperatorOnly } from '../auth/principal.js';
import { Documented, IdParam, commandProblems, type Documentation } from '../docs/documented.js';
import { exampleView } from '../docs/examples.js';
import { Commands } from './commands.js';
import { Links, type LinkedView } from './links.js';
import { Call, type OrderCall } from './order-call.js';

interface CommandRoute extends Pick<Documentation, 'summary' | 'description' | 'problems'> {
  example: object;
  operatorOnly?: boolean;
}

/** What the routes of all commands have in common, returns included: they answer 200 with the order. */
export function CommandRoute({ example, operatorOnly, problems = [], ...about }: CommandRoute): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    IdParam(),
    ...(operatorOnly ? [OperatorOnly()] : []),
    Documented({
      ...about,
      idempotencyKey: 'optional',
      bodyExample: example,
      answer: { schema: orderView, example: exampleView },
      problems: [...commandProblems, ...(operatorOnly ? (['forbidden'] as const) : []), ...problems],
    }),
  );
}

/** A route for each command of an order. Whether it is possible now is decided by the order's run. */
@Controller('v1/orders/:id')
export class CommandsController {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Post('cancel')
  @CommandRoute({
    summary: 'Cancel the order',
    description: 'Until the first parcel is dispatched; everything done is undone.',
    example: { reason: 'ordered twice' },
    problems: ['not_cancellable'],
  })
  cancel(@Call() call: OrderCall, @Body({ schema: cancelBody }) body: CommandBodies['cancel']) {
    return this.send(call, 'cancel', body);
  }

  @Post('payment')
  @CommandRoute({
    summary: 'Pay for an order that awaits its payment',
    description: 'A decline answers 200, is listed in payment.attempts, and the order keeps waiting.',
    example: { method: 'card', token: 'tok_ok' },
  })
  payment(@Call() call: OrderCall, @Body({ schema: paymentBody }) body: CommandBodies['payment']) {
    return this.send(call, 'payment', body);
  }

  @Post('receipt')
  @CommandRoute({
    summary: 'Sign for delivery as the customer',
    description: 'In shipping or delivered.',
    example: {},
  })
  receipt(@Call() call: OrderCall, @Body({ schema: receiptBody }) body: CommandBodies['receipt']) {
    return this.send(call, 'receipt', body);
  }

  @Post('decision')
  @CommandRoute({
    summary: 'Decide about a shortage',
    description: 'In awaiting_customer.',
    example: { decision: 'accept_partial' },
  })
  decision(@Call() call: OrderCall, @Body({ schema: decisionBody }) body: CommandBodies['decision']) {
    return this.send(call, 'decision', body);
  }

  @Post('review')
  @CommandRoute({
    summary: 'Decide about a flagged order',
    description: 'In awaiting_review; for operators.',
    example: { decision: 'approve' },
    operatorOnly: true,
  })
  review(@Call() call: OrderCall, @Body({ schema: reviewBody }) body: CommandBodies['review']) {
    return this.send(call, 'review', body);
  }

  @Post('resolve')
  @CommandRoute({
    summary: 'Repair an order that needs attention',
    description: 'For operators: retry the step, skip it where its definition allows, or abandon the order.',
    example: { action: 'retry', step: reserveStock.id },
    operatorOnly: true,
    problems: ['unknown_step', 'not_skippable'],
  })
  resolve(@Call() call: OrderCall, @Body({ schema: resolveBody }) body: CommandBodies['resolve']) {
    return this.send(call, 'resolve', body);
  }

  @Patch()
  @CommandRoute({
    summary: 'Change an order before its confirmation',
    description: 'The address, and lower quantities; the reservation and the amount follow.',
    example: { lines: [{ sku: 'mug', quantity: 1 }] },
  })
  amend(@Call() call: OrderCall, @Body({ schema: amendBody }) body: CommandBodies['amend']) {
    return this.send(call, 'amend', body);
  }

  private async send<Name extends OrderCommand>(
    { base, ...call }: OrderCall,
    command: Name,
    body: CommandBodies[Name],
  ): Promise<LinkedView> {
    return this.links.add(await this.commands.send({ ...call, command, body }), base);
  }
}
