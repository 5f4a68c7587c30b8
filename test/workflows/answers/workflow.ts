import {
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import { Cut } from '../../../workflows/engine/ports.js';
import { Answers } from '../../../workflows/temporal/answers.js';
import { conditionLater } from '../../../workflows/temporal/condition-later.js';
import { TemporalPorts } from '../../../workflows/temporal/ports.js';

/** Answers that come apart while a run is live, and together when it is replayed. */

export interface AnswersActivities {
  answerAfter: (ms: number) => Promise<void>;
  holdTask: () => Promise<void>;
  slowlySetOff: () => Promise<void>;
  setOffAtOnce: () => Promise<void>;
  undo: () => Promise<void>;
  other: () => Promise<void>;
  followOther: () => Promise<void>;
}

const local = proxyLocalActivities<AnswersActivities>({ startToCloseTimeout: '10s' });
const queued = proxyActivities<AnswersActivities>({ startToCloseTimeout: '10s' });

/** Many turns later than it could, as a body with many awaits does. */
async function slowly<Value>(next: () => Promise<Value>): Promise<Value> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  return next();
}

export async function twoAnswers(): Promise<void> {
  const answers = new Answers();
  const first = answers.inOrder(() => local.answerAfter(50));
  const second = answers.inOrder(() => local.answerAfter(500));
  await Promise.all([first.then(() => slowly(() => queued.slowlySetOff())), second.then(() => queued.setOffAtOnce())]);
}

export const news = defineSignal('news');
export const command = defineUpdate('command');
export const refused = defineUpdate('refused');

/** @returns what it was sent, in the order in which the effects of it came. */
export async function newsAndCommand(): Promise<string[]> {
  const effects: string[] = [];
  const takeEffect = (name: string) => Promise.resolve(void effects.push(name));
  setHandler(news, () => slowly(() => takeEffect('news')));
  setHandler(command, () => conditionLater(() => true).then(() => takeEffect('command')));
  const validator = () => {
    throw new Error('refused');
  };
  setHandler(refused, () => {}, { validator });
  await local.holdTask();
  await condition(() => effects.length === 2);
  return effects;
}

/** An answer schedules a queued call and cuts it. Another call is in flight then, and what follows the two is a local call each. */
export async function cutBeforeItIsSent(): Promise<void> {
  const ports = new TemporalPorts({ taskQueue: () => 'nobody', retryBudgetMs: 1000 });
  const request = { service: 'nobody', operation: 'never', activityId: 'never', summary: 'never sent' };
  const first = ports.localCall(() => local.answerAfter(50));
  const other = ports.localCall(() => local.other());
  const cutAtOnce = () => {
    const cut = new Cut();
    const events = { slow: () => {}, overdue: () => {} };
    const call = ports.call({ ...request, input: { key: 'never' }, queued: true, endless: false }, cut, events);
    cut.request();
    return call;
  };
  await Promise.all([
    first.then(cutAtOnce).then(() => ports.localCall(() => local.undo())),
    other.then(() => ports.localCall(() => local.followOther())),
  ]);
}
