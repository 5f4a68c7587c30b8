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
import type { CommandBodies, OrderCommand } from '../../../workflows/messages.js';
import { OperatorOnly } from '../auth/principal.js';
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
  @HttpCode(200)
  cancel(@AskedOf() asked: Asked, @Body({ schema: cancelBody }) body: CommandBodies['cancel']) {
    return this.send(asked, 'cancel', body);
  }

  @Post('payment')
  @HttpCode(200)
  payment(@AskedOf() asked: Asked, @Body({ schema: paymentBody }) body: CommandBodies['payment']) {
    return this.send(asked, 'payment', body);
  }

  @Post('receipt')
  @HttpCode(200)
  receipt(@AskedOf() asked: Asked, @Body({ schema: receiptBody }) body: CommandBodies['receipt']) {
    return this.send(asked, 'receipt', body);
  }

  @Post('decision')
  @HttpCode(200)
  decision(@AskedOf() asked: Asked, @Body({ schema: decisionBody }) body: CommandBodies['decision']) {
    return this.send(asked, 'decision', body);
  }

  @Post('review')
  @HttpCode(200)
  @OperatorOnly()
  review(@AskedOf() asked: Asked, @Body({ schema: reviewBody }) body: CommandBodies['review']) {
    return this.send(asked, 'review', body);
  }

  @Post('resolve')
  @HttpCode(200)
  @OperatorOnly()
  resolve(@AskedOf() asked: Asked, @Body({ schema: resolveBody }) body: CommandBodies['resolve']) {
    return this.send(asked, 'resolve', body);
  }

  @Patch()
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
