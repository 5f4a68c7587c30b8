import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeys } from './auth/api-keys.js';
import { AuthGuard } from './auth/auth.guard.js';
import { checkKeyBeforeBody } from './auth/early-key.js';
import { answerUnreadableRequest, answerUnroutable } from './http/unreadable-request.js';
import { Connections } from './http/connections.js';
import { bodyLimit, parseJsonBodies } from './http/json-body.js';
import { refuseOtherHosts } from './http/known-hosts.js';
import { leaveBodiesUnread } from './http/unread-body.js';
import { NestLog } from './http/nest-log.js';
import { logRequests } from './http/request-log.js';
import { addSafeHeaders } from './http/safe-headers.js';
import { ApiDocument } from './docs/api-document.js';
import { DocsModule } from './docs/docs.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { HistoryModule } from './history/history.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { ProcessesModule } from './processes/processes.module.js';
import { ReturnsModule } from './returns/returns.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { PlatformModule, limitsOf, type Platform } from './platform.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { ValidationPipe } from './problems/validation.pipe.js';

@Module({})
class ApiModule {
  static on(platform: Platform): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        PlatformModule.of(platform),
        DocsModule,
        EventsModule,
        HealthModule,
        HistoryModule,
        MetricsModule,
        OrdersModule,
        ProcessesModule,
        ReturnsModule,
        WebhooksModule,
      ],
      providers: [
        Connections,
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_PIPE, useClass: ValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}

/**
 * The API as a program in waiting: `listen` starts it, `close` ends open streams and waits for the requests in flight.
 * What stands in `platform` stays the caller's to close.
 */
export async function createApi(platform: Platform): Promise<NestFastifyApplication> {
  const limits = limitsOf(platform);
  const adapter = new FastifyAdapter({
    bodyLimit,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 255 },
    // Headers or a body that trickle in hold a connection no longer than this.
    requestTimeout: limits.requestMs,
    http: { headersTimeout: limits.requestMs, connectionsCheckingInterval: limits.checkRequestsMs },
    return503OnClosing: false,
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnreadableRequest,
  });
  logRequests(adapter.getInstance(), platform.logger);
  addSafeHeaders(adapter.getInstance());
  refuseOtherHosts(adapter.getInstance(), platform.config.publicUrl);
  checkKeyBeforeBody(adapter.getInstance(), new ApiKeys(platform.config.apiKeys));
  leaveBodiesUnread(adapter.getInstance(), limits.lingerMs);
  parseJsonBodies(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.on(platform), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLog(platform.logger),
  });
  await app.init();
  app.get(ApiDocument).describe(app);
  await adapter.getInstance().ready();
  return app;
}
