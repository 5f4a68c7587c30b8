import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeys } from './auth/api-keys.js';
import { AuthGuard } from './auth/auth.guard.js';
import { checkKeyBeforeBody } from './auth/early-key.js';
import { limitRates } from './auth/rate-limit.js';
import { limitsOf, provideDependencies, type Dependencies } from './dependencies.js';
import { ApiDocument } from './docs/api-document.js';
import { DocsController } from './docs/docs.controller.js';
import { ChangeFeed } from './events/change-feed.js';
import { EventsController } from './events/events.controller.js';
import { Streams } from './events/streams.js';
import { HealthController } from './health/health.controller.js';
import { SystemParts } from './health/parts.js';
import { HistoryController } from './history/history.controller.js';
import { BulkController } from './bulk/bulk.controller.js';
import { Bulks } from './bulk/bulks.js';
import { Connections } from './http/connections.js';
import { bodyLimit, parseJsonBodies } from './http/json-body.js';
import { rejectOtherHosts } from './http/known-hosts.js';
import { NestLog } from './http/nest-log.js';
import { logRequests } from './http/request-log.js';
import { limitRequestsAtOnce } from './http/requests-at-once.js';
import { addSafeHeaders } from './http/safe-headers.js';
import { leaveBodiesUnread } from './http/unread-body.js';
import { answerUnreadableRequest, answerUnroutable } from './http/unreadable-request.js';
import { InsightsController } from './insights/insights.controller.js';
import { Metrics } from './metrics/metrics.js';
import { NotesController } from './notes/notes.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Admission } from './orders/admission.js';
import { Commands } from './orders/commands.js';
import { CommandsController } from './orders/commands.controller.js';
import { Links } from './orders/links.js';
import { OrderReader } from './orders/order-reader.js';
import { OrdersController } from './orders/orders.controller.js';
import { Placing } from './orders/placing.js';
import { Settling } from './orders/settling.js';
import { PageController } from './page/page.controller.js';
import { Page } from './page/page.js';
import { SessionController } from './page/session.controller.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { ValidationPipe } from './problems/validation.pipe.js';
import { ProcessesController } from './processes/processes.controller.js';
import { Returns } from './returns/returns.js';
import { ReturnsController } from './returns/returns.controller.js';
import { TroubleController } from './trouble/trouble.controller.js';
import { MessageQueue } from './runs/message-queue.js';
import { OrderRuns } from './runs/order-runs.js';
import { ServiceStatusReader } from './services/service-status.js';
import { ServicesController } from './services/services.controller.js';
import { WorkerReportReader } from './services/worker-reports.js';
import { HistoryBound } from './webhooks/history-bound.js';
import { LatePayments } from './webhooks/late-payments.js';
import { Webhooks } from './webhooks/webhooks.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** One module: every part may use every other, and nothing is configured twice. */
@Module({})
class ApiModule {
  static with(dependencies: Dependencies, page: Page): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        BulkController,
        CommandsController,
        DocsController,
        EventsController,
        HealthController,
        HistoryController,
        InsightsController,
        MetricsController,
        NotesController,
        OrdersController,
        ProcessesController,
        ReturnsController,
        ServicesController,
        TroubleController,
        SessionController,
        WebhooksController,
        // Last: it takes every path that no other controller has.
        PageController,
      ],
      providers: [
        ...provideDependencies(dependencies),
        { provide: Page, useValue: page },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_PIPE, useClass: ValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
        Admission,
        ApiDocument,
        Bulks,
        ChangeFeed,
        Commands,
        Connections,
        HistoryBound,
        LatePayments,
        Links,
        MessageQueue,
        Metrics,
        OrderReader,
        OrderRuns,
        Placing,
        Returns,
        ServiceStatusReader,
        Settling,
        Streams,
        SystemParts,
        Webhooks,
        WorkerReportReader,
      ],
    };
  }
}

/**
 * Creates the API without starting it: `listen` starts it; `close` ends open streams and waits for the requests in flight.
 * The caller closes the dependencies.
 */
export async function createApi(dependencies: Dependencies): Promise<NestFastifyApplication> {
  const { config, logger } = dependencies;
  const limits = limitsOf(dependencies);
  const page = new Page();
  const adapter = new FastifyAdapter({
    bodyLimit,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 255 },
    // Ends the connection of a client that sends its headers or body too slowly.
    requestTimeout: limits.requestMs,
    http: { headersTimeout: limits.requestMs, connectionsCheckingInterval: limits.checkRequestsMs },
    return503OnClosing: false,
    frameworkErrors: answerUnroutable((request, reply) => page.sendNotFound(request, reply)),
    clientErrorHandler: answerUnreadableRequest,
  });
  const fastify = adapter.getInstance();
  logRequests(fastify, logger);
  addSafeHeaders(fastify);
  rejectOtherHosts(fastify, config.publicUrl);
  limitRequestsAtOnce(fastify, limits.requestsAtOnce);
  const keys = new ApiKeys(config.apiKeys);
  checkKeyBeforeBody(fastify, keys);
  leaveBodiesUnread(fastify, limits.lingerMs);
  parseJsonBodies(fastify);
  limitRates(fastify, keys, limits.ratePerKey);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(dependencies, page), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLog(logger),
  });
  await app.init();
  app.get(ApiDocument).describe(app);
  await fastify.ready();
  return app;
}
