import { z } from 'zod';

/** How the services do, as `GET /v1/services` tells an operator, and what each worker reports for it. */

/** The figures of calls are those of this time, in seconds. */
export const windowSeconds = 60;

const count = z.int().min(0);

/** What one worker knows of one service. The counts of several workers can be added. */
const workerFigures = z.strictObject({
  breakerOpen: z.boolean(),
  answered: count,
  rejected: count,
  failed: count,
  inProgress: count,
  retrying: count,
  /** See contracts/latencies.ts. */
  latencies: z.array(count),
});
export type WorkerFigures = z.infer<typeof workerFigures>;

/** The body of GET /services of a worker. */
export const workerReport = z.object({
  /** The name with which it polls, so that the answer of another program is not taken for its own. */
  worker: z.string(),
  services: z.record(z.string(), workerFigures),
});
export type WorkerReport = z.infer<typeof workerReport>;

const serviceStatus = z
  .strictObject({
    name: z.string(),
    state: z
      .enum(['up', 'down'])
      .describe(
        '`up` if the service answered GET /health within 1.5 s just now. A service can be up and fail its calls.',
      ),
    breaker: z
      .enum(['open', 'closed'])
      .nullable()
      .describe(
        '`open` if at least one worker makes no short calls, because the last three failed: calls then go through the task queue of the service, where they fail no order. null if no worker answered.',
      ),
    openBreakers: count.describe('The number of workers whose breaker is open.'),
    calls: z
      .strictObject({
        answered: count.describe('Calls that succeeded.'),
        rejected: count.describe('Calls that the service rejected, such as a declined card. These are not errors.'),
        failed: count.describe(
          'Calls without an answer in time, with an error of the service, or with a rejection that its contract does not list.',
        ),
      })
      .nullable()
      .describe('Calls that ended within the window, of all workers together. null if no worker answered.'),
    errorRate: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe('The part of these calls that failed, from 0 to 1. null if there were none.'),
    latencyMs: z
      .strictObject({ p50: z.int(), p95: z.int() })
      .nullable()
      .describe(
        'How long these calls took, in milliseconds, within 10 %: half of them at most p50, 95 % at most p95. null if there were none.',
      ),
    inProgress: count
      .nullable()
      .describe('Calls that wait for the answer of the service now. null if no worker answered.'),
    retrying: count
      .nullable()
      .describe(
        'Queued calls that have failed and are made again: those in the pause between two attempts, and those in progress now. A worker that restarts forgets the pauses, for at most 30 s. null if no worker answered.',
      ),
    waiting: count
      .nullable()
      .describe(
        'Calls in the task queue of the service that no worker has taken yet, approximately. null while Temporal does not answer.',
      ),
  })
  .meta({ id: 'ServiceStatus' });
export type ServiceStatus = z.infer<typeof serviceStatus>;

export const serviceList = z
  .strictObject({
    at: z.iso.datetime().describe('When this was read.'),
    windowSeconds: z.int().describe('The figures of ended calls are those of this many seconds before `at`.'),
    workers: z
      .strictObject({
        answered: count.describe('Workers whose figures are in this answer.'),
        silent: count.describe(
          'Workers that asked Temporal for work in the last 75 s, and did not answer within 1 s: they are busy, cannot be reached, or have stopped since. Their figures are missing.',
        ),
      })
      .describe('The calls are counted by the workers, which make them.'),
    items: z.array(serviceStatus),
  })
  .meta({ id: 'ServiceList' });
export type ServiceList = z.infer<typeof serviceList>;
