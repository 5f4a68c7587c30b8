import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Open } from '../auth/principal.js';
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
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  /** 200 while orders can be accepted, which takes Temporal alone; else 503. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const parts = await this.parts.check();
    const down = parts.temporal === 'down';
    const all = Object.values(parts).every((state) => state === 'up');
    if (down) void reply.code(503).header('retry-after', '5');
    return { status: all ? 'up' : down ? 'down' : 'degraded', parts };
  }
}
