import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FailingRun, FailingRuns } from './failing-runs.js';
import type { WorkerMetrics } from './metrics.js';
import type { ServiceFigures } from './service-figures.js';
import type { Routing } from './versioning.js';
import { thisWorker } from '../temporal/worker-identity.js';

interface Routed {
  routing: Routing;
  /** What to do when no order goes to this version. */
  advice?: string;
}

export interface WorkerServerOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  buildId: string;
  /** Which part of the orders goes to the version of the worker; undefined without versioning. */
  routing: () => Promise<Routed | undefined>;
  failingRuns: Pick<FailingRuns, 'list' | 'holdsUp'>;
  metrics: Pick<WorkerMetrics, 'text'>;
  figures: Pick<ServiceFigures, 'report'>;
  isPolling: () => boolean;
}

/** The body of GET /health/ready. */
export interface WorkerReadiness {
  /** `down`: it does not poll, or a rollout of its code has to stop. `degraded`: some runs cannot advance, or no version is current. */
  status: 'up' | 'degraded' | 'down';
  polling: boolean;
  /** Identifies the workflow code. Histories have it with each workflow task. */
  build: string;
  failingRuns: number;
  /** Some of them. */
  examples: readonly FailingRun[];
  /** With WORKER_VERSIONING. */
  routing?: Routing;
  advice?: string;
}

export interface WorkerServer {
  url: string;
  close: () => Promise<void>;
}

const mostExamples = 10;

type Route = (reply: ServerResponse) => void | Promise<void>;

/** Serves what operators, orchestrators and the API ask a worker: /health/live, /health/ready, /metrics and /services. */
export async function serveWorker(options: WorkerServerOptions): Promise<WorkerServer> {
  const routes: Record<string, Route> = {
    '/health/live': (reply) => json(reply, 200, { status: 'up' }),
    '/health/ready': async (reply) => {
      const readiness = await readinessOf(options);
      json(reply, readiness.status === 'down' ? 503 : 200, readiness);
    },
    '/services': (reply) => json(reply, 200, options.figures.report(thisWorker)),
    '/metrics': async (reply) => {
      const text = await options.metrics.text(await options.failingRuns.list());
      reply.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' });
      reply.end(text);
    },
  };
  const server = createServer((request, reply) => {
    const route = request.method === 'GET' ? routes[(request.url ?? '').replace(/\?.*/s, '')] : undefined;
    if (!route) return json(reply, 404, { status: 'not_found' });
    void answer(route, reply);
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function readinessOf({
  buildId,
  failingRuns,
  isPolling,
  routing,
}: WorkerServerOptions): Promise<WorkerReadiness> {
  const polling = isPolling();
  const [runs, routed] = await Promise.all([failingRuns.list(), routing().catch(() => undefined)]);
  const isDown = !polling || failingRuns.holdsUp(runs);
  const isDegraded = runs.length > 0 || (routed !== undefined && routed.routing.current === undefined);
  return {
    status: isDown ? 'down' : isDegraded ? 'degraded' : 'up',
    polling,
    build: buildId,
    failingRuns: runs.length,
    examples: runs.slice(0, mostExamples),
    ...routed,
  };
}

async function answer(route: Route, reply: ServerResponse): Promise<void> {
  try {
    await route(reply);
  } catch (error) {
    json(reply, 503, { status: 'down', error: (error as Error).message });
  }
}

function json(reply: ServerResponse, status: number, body: object): void {
  if (reply.headersSent) return void reply.destroy();
  reply.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  reply.end(`${JSON.stringify(body)}\n`);
}
