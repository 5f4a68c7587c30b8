import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { defined } from '../../../contracts/defined.js';

/**
 * Bundled beside the workflow code for a replay. Reports which commands the code gives Temporal, and how the run ends. It gives no commands of
 * its own, so it does not change the replay.
 */

export interface ObservedCommand {
  kind: 'activity' | 'local activity' | 'timer' | 'child workflow';
  /** Type of an activity or child; summary of a timer. */
  name: string;
  /** An activity's id. */
  id?: string;
  /** The number of a local activity in its run. The marker in the history has the same number. */
  seq?: number;
}

export type Ending = { result: unknown } | { failure: { type?: string; message: string; details: unknown } };

export interface ObserverSinks extends Sinks {
  observer: {
    command: (command: ObservedCommand) => void;
    ended: (ending: Ending) => void;
  };
}

export function interceptors(): WorkflowInterceptors {
  const { observer } = proxySinks<ObserverSinks>();
  return {
    inbound: [
      {
        execute: async (input, next) => {
          try {
            const result = await next(input);
            observer.ended({ result });
            return result;
          } catch (error) {
            const { type, details, message } = error as { type?: string; details?: unknown[]; message: string };
            observer.ended({ failure: { ...defined({ type }), message, details: details?.[0] } });
            throw error;
          }
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => {
          const { activityId } = input.options;
          observer.command({
            kind: 'activity',
            name: input.activityType,
            ...defined({ id: activityId }),
          });
          return next(input);
        },
        scheduleLocalActivity: (input, next) => {
          observer.command({ kind: 'local activity', name: input.activityType, seq: input.seq });
          return next(input);
        },
        startTimer: (input, next) => {
          observer.command({ kind: 'timer', name: input.options?.summary ?? `${input.durationMs} ms` });
          return next(input);
        },
        startChildWorkflowExecution: (input, next) => {
          observer.command({ kind: 'child workflow', name: input.workflowType });
          return next(input);
        },
      },
    ],
  };
}
