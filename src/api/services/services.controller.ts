import { Controller, Get, Inject } from '@nestjs/common';
import { serviceList, type ServiceList } from '../../../contracts/services.schema.js';
import { OperatorOnly } from '../auth/principal.js';
import { Documented } from '../docs/documented.js';
import { ServiceStatusReader } from './service-status.js';

/** A payment service that hangs, as it shows after a minute. */
const exampleList: ServiceList = {
  at: '2026-03-01T12:00:00.000Z',
  windowSeconds: 60,
  workers: { answered: 2, silent: 0 },
  items: [
    {
      name: 'payment',
      state: 'down',
      breaker: 'open',
      openBreakers: 2,
      calls: { answered: 0, rejected: 0, failed: 97 },
      errorRate: 1,
      latencyMs: { p50: 8874, p95: 8874 },
      inProgress: 20,
      retrying: 61,
      waiting: 0,
    },
  ],
};

@Controller('v1/services')
export class ServicesController {
  constructor(@Inject(ServiceStatusReader) private readonly status: ServiceStatusReader) {}

  @Get()
  @OperatorOnly()
  @Documented({
    summary: 'How each service does (operator)',
    description:
      'State, latencies, error rate, and the calls that wait and are made again, over all workers. Answers also while Temporal, the workers or services are down; what is not known then is null. An answer may be a second old.',
    answer: { schema: serviceList, example: exampleList },
    problems: ['forbidden'],
  })
  list(): Promise<ServiceList> {
    return this.status.read();
  }
}
