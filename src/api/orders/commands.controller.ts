import { Body, Controller, HttpCode, Inject, Patch, Post } from '@nestjs/common';
import {
  amendBody,
  cancelBody,
  decisionBody,
  paymentBody,
  receiptBody,
  resolveBody,
  reviewBody,
} from '../../../contracts/commands.schema.js';
import type { CommandBodies, OrderCommand } from '../../../workflows/order/messages.js';
import { OperatorOnly } from '../auth/principal.js';
import { Documented, IdParam, fromCommands } from '../docs/documented.js';
import { exampleView } from '../docs/examples.js';
import { AskedOf, type Asked } from './asked.js';
import { Commands } from './commands.js';
import { Links, type LinkedView } from './links.js';

/** A route for each thing that a live order can be told; whether it is possible now is for its run to say. */
@Controller('v1/orders/:id')
export class CommandsController {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Post('cancel')
  @IdParam()
  @Documented({
    summary: 'Cancel the order',
    description: 'Until the first parcel is dispatched; everything done is undone.',
    idempotencyKey: 'optional',
    body: { schema: 'Cancel', example: { reason: 'ordered twice' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands, 'not_cancellable'],
  })
  @HttpCode(200)
  cancel(@AskedOf() asked: Asked, @Body({ schema: cancelBody }) body: CommandBodies['cancel']) {
    return this.send(asked, 'cancel', body);
  }

  @Post('payment')
  @IdParam()
  @Documented({
    summary: 'Pay for an order that awaits its payment',
    description: 'A decline answers 200, stands in payment.attempts, and the order waits on.',
    idempotencyKey: 'optional',
    body: { schema: 'Payment', example: { method: 'card', token: 'tok_ok' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands],
  })
  @HttpCode(200)
  payment(@AskedOf() asked: Asked, @Body({ schema: paymentBody }) body: CommandBodies['payment']) {
    return this.send(asked, 'payment', body);
  }

  @Post('receipt')
  @IdParam()
  @Documented({
    summary: 'Sign for delivery as the customer',
    description: 'In shipping or delivered.',
    idempotencyKey: 'optional',
    body: { schema: 'Receipt', example: {} },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands],
  })
  @HttpCode(200)
  receipt(@AskedOf() asked: Asked, @Body({ schema: receiptBody }) body: CommandBodies['receipt']) {
    return this.send(asked, 'receipt', body);
  }

  @Post('decision')
  @IdParam()
  @Documented({
    summary: 'Decide about a shortage',
    description: 'In awaiting_customer.',
    idempotencyKey: 'optional',
    body: { schema: 'Decision', example: { decision: 'accept_partial' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands],
  })
  @HttpCode(200)
  decision(@AskedOf() asked: Asked, @Body({ schema: decisionBody }) body: CommandBodies['decision']) {
    return this.send(asked, 'decision', body);
  }

  @Post('review')
  @IdParam()
  @Documented({
    summary: 'Decide about a flagged order',
    description: 'In awaiting_review; for operators.',
    idempotencyKey: 'optional',
    body: { schema: 'Review', example: { decision: 'approve' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands, 'forbidden'],
  })
  @HttpCode(200)
  @OperatorOnly()
  review(@AskedOf() asked: Asked, @Body({ schema: reviewBody }) body: CommandBodies['review']) {
    return this.send(asked, 'review', body);
  }

  @Post('resolve')
  @IdParam()
  @Documented({
    summary: 'Repair an order that needs attention',
    description: 'For operators: retry the step, skip it where its definition allows, or abandon the order.',
    idempotencyKey: 'optional',
    body: { schema: 'Resolve', example: { action: 'retry', step: 'reserveStock' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands, 'forbidden', 'unknown_step', 'not_skippable'],
  })
  @HttpCode(200)
  @OperatorOnly()
  resolve(@AskedOf() asked: Asked, @Body({ schema: resolveBody }) body: CommandBodies['resolve']) {
    return this.send(asked, 'resolve', body);
  }

  @Patch()
  @IdParam()
  @Documented({
    summary: 'Change an order before its confirmation',
    description: 'The address, and quantities downward; reservation and amount follow.',
    idempotencyKey: 'optional',
    body: { schema: 'Amend', example: { lines: [{ sku: 'mug', quantity: 1 }] } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: fromCommands,
  })
  amend(@AskedOf() asked: Asked, @Body({ schema: amendBody }) body: CommandBodies['amend']) {
    return this.send(asked, 'amend', body);
  }

  private async send<Name extends OrderCommand>(
    { base, ...asked }: Asked,
    command: Name,
    body: CommandBodies[Name],
  ): Promise<LinkedView> {
    return this.links.add(await this.commands.send({ ...asked, command, body }), base);
  }
}
