import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { returnBody, reviewBody } from '../../../contracts/commands.schema.js';
import { OperatorOnly } from '../auth/principal.js';
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
  @HttpCode(200)
  async request(
    @AskedOf() { base, ...asked }: Asked,
    @Body({ schema: returnBody }) body: z.output<typeof returnBody>,
  ): Promise<LinkedView> {
    return this.links.add(await this.returns.request(asked, body), base);
  }

  @Post(':returnId/review')
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
