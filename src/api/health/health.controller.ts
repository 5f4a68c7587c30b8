import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Open } from '../auth/principal.js';
import { Documented } from '../docs/documented.js';
import { SystemParts, type Parts } from './parts.js';

export interface Readiness {
  /** `up`: every part is; `degraded`: orders are accepted, some parts are down; `down`: no order can be accepted. */
  status: 'up' | 'degraded' | 'down';
  parts: Parts;
}

@Controller('health')
@Open()
export class HealthController {
  constructor(@Inject(SystemParts) private readonly parts: SystemParts) {}

  @Get('live')
  @Documented({ summary: 'Whether the API runs', open: true, answer: { schema: 'Live', example: { status: 'up' } } })
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  /** 200 while orders can be accepted, which takes Temporal alone; else 503. */
  @Get('ready')
  @Documented({
    summary: 'Whether orders can be accepted, and which parts are up',
    description: '200 while Temporal answers, else 503 with the same body.',
    open: true,
    answer: { schema: 'Readiness' },
    statuses: [200, 503],
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const parts = await this.parts.check();
    const down = parts.temporal === 'down';
    const all = Object.values(parts).every((state) => state === 'up');
    if (down) void reply.code(503).header('retry-after', '5');
    return { status: all ? 'up' : down ? 'down' : 'degraded', parts };
  }
}
