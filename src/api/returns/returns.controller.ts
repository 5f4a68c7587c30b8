import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { z } from 'zod';
import { returnBody, reviewBody } from '../../../contracts/commands.schema.js';
import { OperatorOnly } from '../auth/principal.js';
import { Documented, IdParam, fromCommands } from '../docs/documented.js';
import { exampleView } from '../docs/examples.js';
import { AskedOf, type Asked } from '../orders/asked.js';
import { Links, type LinkedView } from '../orders/links.js';
import { ApiProblem } from '../problems/problem.js';
import { Returns } from './returns.js';

@Controller('v1/orders/:id/returns')
export class ReturnsController {
  constructor(
    @Inject(Returns) private readonly returns: Returns,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Post()
  @IdParam()
  @Documented({
    summary: 'Ask to return pieces of a completed order',
    description: 'Within the return window; above a limit it waits for an operator.',
    idempotencyKey: 'optional',
    body: { schema: 'Return', example: { lines: [{ sku: 'mug', quantity: 1 }], reason: 'chipped' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands, 'return_exceeds_delivered'],
  })
  @HttpCode(200)
  async request(
    @AskedOf() { base, ...asked }: Asked,
    @Body({ schema: returnBody }) body: z.output<typeof returnBody>,
  ): Promise<LinkedView> {
    return this.links.add(await this.returns.request(asked, body), base);
  }

  @Post(':returnId/review')
  @IdParam()
  @ApiParam({ name: 'returnId', schema: { type: 'string' } })
  @Documented({
    summary: 'Decide about a return',
    description: 'For operators.',
    idempotencyKey: 'optional',
    body: { schema: 'Review', example: { decision: 'approve' } },
    answer: { schema: 'OrderView', example: exampleView },
    problems: [...fromCommands, 'forbidden'],
  })
  @HttpCode(200)
  @OperatorOnly()
  async review(
    @AskedOf() { base, ...asked }: Asked,
    @Param('returnId') returnId: string,
    @Body({ schema: reviewBody }) body: z.output<typeof reviewBody>,
  ): Promise<LinkedView> {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(returnId)) throw new ApiProblem('not_found', 'The order has no such return');
    return this.links.add(await this.returns.review(asked, returnId, body), base);
  }
}
