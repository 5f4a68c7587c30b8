import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Open } from '../auth/principal.js';
import { Documented } from '../docs/documented.js';
import { SystemParts, partNames, type Parts } from './parts.js';

const live = z.strictObject({ status: z.literal('up') }).meta({ id: 'Live' });

const readiness = z
  .strictObject({
    /** `up`: every part is; `degraded`: orders are accepted, some parts are down; `down`: no order can be accepted. */
    status: z.enum(['up', 'degraded', 'down']),
    parts: z.strictObject(Object.fromEntries(partNames.map((name) => [name, z.enum(['up', 'down'])]))),
  })
  .meta({ id: 'Readiness' });

@Controller('health')
@Open()
export class HealthController {
  constructor(@Inject(SystemParts) private readonly parts: SystemParts) {}

  @Get('live')
  @Documented({ summary: 'Whether the API runs', open: true, answer: { schema: live, example: { status: 'up' } } })
  live(): z.infer<typeof live> {
    return { status: 'up' };
  }

  @Get('ready')
  @Documented({
    summary: 'Whether orders can be accepted, and which parts are up',
    description: '200 while Temporal answers, else 503 with the same body.',
    open: true,
    answer: { schema: readiness },
    statuses: [200, 503],
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof readiness>> {
    const parts: Parts = await this.parts.check();
    const isDown = parts.temporal === 'down';
    const allUp = Object.values(parts).every((state) => state === 'up');
    if (isDown) void reply.code(503).header('retry-after', '5');
    return { status: allUp ? 'up' : isDown ? 'down' : 'degraded', parts };
  }
}
