import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { defined } from '../../../contracts/defined.js';

/**
 * Bundled beside the workflow code for a replay: tells the replaying command what the code asks of Temporal, and how it ends. It issues no
 * command of its own, so it changes nothing of what it watches.
 */

export interface Asked {
  kind: 'activity' | 'local activity' | 'timer' | 'child workflow';
  /** Type of an activity or child; summary of a timer. */
  name: string;
  /** An activity's id. */
  id?: string;
  /** Number of a local activity among those of its run, by which its marker is found. */
  seq?: number;
}

export type Ending = { result: unknown } | { failure: { type?: string; message: string; details: unknown } };

export interface WitnessSinks extends Sinks {
  witness: {
    asked: (what: Asked) => void;
    ended: (how: Ending) => void;
  };
}

export function interceptors(): WorkflowInterceptors {
  const { witness } = proxySinks<WitnessSinks>();
  return {
    inbound: [
      {
        execute: async (input, next) => {
          try {
            const result = await next(input);
            witness.ended({ result });
            return result;
          } catch (error) {
            const { type, details, message } = error as { type?: string; details?: unknown[]; message: string };
            witness.ended({ failure: { ...defined({ type }), message, details: details?.[0] } });
            throw error;
          }
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => {
          const { activityId } = input.options;
          witness.asked({
            kind: 'activity',
            name: input.activityType,
            ...defined({ id: activityId }),
          });
          return next(input);
        },
        scheduleLocalActivity: (input, next) => {
          witness.asked({ kind: 'local activity', name: input.activityType, seq: input.seq });
          return next(input);
        },
        startTimer: (input, next) => {
          witness.asked({ kind: 'timer', name: input.options?.summary ?? `${input.durationMs} ms` });
          return next(input);
        },
        startChildWorkflowExecution: (input, next) => {
          witness.asked({ kind: 'child workflow', name: input.workflowType });
          return next(input);
        },
      },
    ],
  };
}
