import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import type { ConcludeActivationInput } from '@temporalio/workflow';

/**
 * Bundled beside the workflow code for a replay. Reports what each activation brings the code, and which commands the code gives Temporal at
 * its end. It gives no commands of its own, so it does not change the replay.
 */

/** A command as the SDK passes it to its native part. */
export type RawCommand = ConcludeActivationInput['commands'][number];

/** What an activation tells the code, as far as a report can name it. */
export interface News {
  /** The numbers of the local activities that are answered, in the order of their answers. */
  local: number[];
  /** Words for everything else, such as `the Update cancel`. */
  other: string[];
  /** Names of Updates by the ids under which they are answered. */
  updates: Record<string, string>;
}

export interface ObserverSinks extends Sinks {
  observer: {
    /** An activation begins. The SDK may give its news in two parts: signals first. */
    news: (news: News) => void;
    /** An activation has ended. Never called for one in which the code throws. */
    commands: (commands: RawCommand[]) => void;
  };
}

export function interceptors(): WorkflowInterceptors {
  const { observer } = proxySinks<ObserverSinks>();
  return {
    internals: [
      {
        activate: (input, next) => {
          const news: News = { local: [], other: [], updates: {} };
          for (const job of input.activation.jobs ?? []) {
            if (job.resolveActivity?.isLocal) news.local.push(job.resolveActivity.seq!);
            else if (job.doUpdate) {
              news.other.push(`the Update ${job.doUpdate.name}`);
              news.updates[job.doUpdate.protocolInstanceId!] = job.doUpdate.name!;
            } else if (job.signalWorkflow) news.other.push(`the Signal ${job.signalWorkflow.signalName}`);
            else if (job.fireTimer) news.other.push('a timer');
            else if (job.resolveActivity) news.other.push('the answer of an activity');
            else if (job.initializeWorkflow) news.other.push('its start');
          }
          observer.news(news);
          next(input);
        },
        concludeActivation: (input, next) => {
          const output = next(input);
          observer.commands(output.commands);
          return output;
        },
      },
    ],
  };
}
