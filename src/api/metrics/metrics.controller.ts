import { Controller, Get, Header, Inject, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Open } from '../auth/principal.js';
import { Documented } from '../docs/documented.js';
import { routeOf } from '../http/route.js';
import { Metrics } from './metrics.js';

@Controller('metrics')
@Open()
export class MetricsController implements OnModuleInit {
  constructor(
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** Counts every answer, also those that reach no handler. */
  onModuleInit(): void {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance();
    fastify.addHook('onResponse', (request, reply, done) => {
      const { method } = request;
      // The route's pattern: with ids, every order would be a series.
      const route = routeOf(request) ?? 'none';
      this.metrics.requests.inc({ method, route, status: reply.statusCode });
      if (!route.endsWith('/events')) this.metrics.requestSeconds.observe({ method, route }, reply.elapsedTime / 1000);
      if (method === 'POST' && route === '/v1/orders') {
        this.metrics.placingSeconds.observe({ outcome: placingOutcome(reply.statusCode) }, reply.elapsedTime / 1000);
      }
      done();
    });
  }

  @Get()
  @Documented({ summary: "Metrics in Prometheus' text format", open: true, answer: { type: 'text/plain' } })
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('cache-control', 'no-store')
  text(): Promise<string> {
    return this.metrics.text();
  }
}

function placingOutcome(status: number): string {
  if (status === 201) return 'created';
  return status === 200 ? 'repeated' : 'refused';
}
