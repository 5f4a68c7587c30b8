import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { temporalLogger } from '../../src/worker/log.js';

function logged(write: (logger: ReturnType<typeof temporalLogger>) => void): unknown[] {
  const lines: unknown[] = [];
  const at = (level: string) => (fields: unknown, message: unknown) => void lines.push([level, message, fields]);
  const log = { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  write(temporalLogger(log as never));
  return lines;
}

it('an attempt that fails at a service is logged as information, without a stack', () => {
  const error = ApplicationFailure.create({
    message: 'payment capture: no answer within 1000 ms',
    type: 'service_fault',
  });
  const meta = { error, durationMs: 3, activityType: 'payment.capture', attempt: 2, workflowId: 'order:ord_1' };
  expect(
    logged((logger) => {
      logger.warn('Activity failed', meta);
    }),
  ).toEqual([
    [
      'info',
      'a service rejected a call, or the call failed and is tried again',
      {
        workflowId: 'order:ord_1',
        activityType: 'payment.capture',
        attempt: 2,
        code: 'service_fault',
        reason: 'payment capture: no answer within 1000 ms',
      },
    ],
  ]);
});

it('a wrong or unauthorized call is logged as an error, because only a repair helps', () => {
  const error = ApplicationFailure.nonRetryable('payment capture: status 401: unauthorized', 'service_rejected_call');
  const meta = { error, activityType: 'payment.capture', attempt: 1, workflowId: 'order:ord_1' };
  expect(
    logged((logger) => {
      logger.warn('Activity failed', meta);
    }),
  ).toEqual([
    [
      'error',
      'a call is wrong, or was not let in by the service',
      {
        workflowId: 'order:ord_1',
        activityType: 'payment.capture',
        attempt: 1,
        code: 'service_rejected_call',
        reason: 'payment capture: status 401: unauthorized',
      },
    ],
  ]);
});

it('a bug in an activity stays a warning, with its error', () => {
  const error = new TypeError('x is not a function');
  expect(
    logged((logger) => {
      logger.warn('Activity failed', { error });
    }),
  ).toEqual([['warn', 'Activity failed', { meta: { error } }]]);
});

it('other lines keep their level, and lines below WARN are left out', () => {
  const lines = logged((logger) => {
    logger.info('Worker state changed', {});
    logger.error('Workflow task failed', { a: 1 });
    logger.warn('No workflows registered: this worker runs activities alone', {});
  });
  expect(lines).toEqual([['error', 'Workflow task failed', { meta: { a: 1 } }]]);
});
