import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { returnBody, reviewBody, type ReturnBody, type ReviewBody } from '../../../contracts/commands.schema.js';
import { CommandRoute } from '../orders/commands.controller.js';
import { Links, type LinkedView } from '../orders/links.js';
import { Call, type OrderCall } from '../orders/order-call.js';
import { ApiProblem } from '../problems/problem.js';
import { Returns } from './returns.js';

@Controller('v1/orders/:id/returns')
export class ReturnsController {
  constructor(
    @Inject(Returns) private readonly returns: Returns,
    @Inject(Links) private readonly links: Links,
  ) {}

  @Post()
  @CommandRoute({
    summary: 'Request to return goods of a completed order',
    description: 'Within the return window. Above a limit the return waits for an operator.',
    example: { lines: [{ sku: 'mug', quantity: 1 }], reason: 'chipped' },
    problems: ['return_exceeds_delivered'],
  })
  async request(
    @Call() { base, ...call }: OrderCall,
    @Body({ schema: returnBody }) body: ReturnBody,
  ): Promise<LinkedView> {
    return this.links.add(await this.returns.request(call, body), base);
  }

  @Post(':returnId/review')
  @ApiParam({ name: 'returnId', schema: { type: 'string' } })
  @CommandRoute({
    summary: 'Decide about a return',
    description: 'For operators.',
    example: { decision: 'approve' },
    operatorOnly: true,
  })
  async review(
    @Call() { base, ...call }: OrderCall,
    @Param('returnId') returnId: string,
    @Body({ schema: reviewBody }) body: ReviewBody,
  ): Promise<LinkedView> {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(returnId)) throw new ApiProblem('not_found', 'The order has no such return');
    return this.links.add(await this.returns.review(call, returnId, body), base);
  }
}
