import type { OrderView } from '../../../contracts/order.js';
import { useFormats, Ago } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import type { Session } from '../session/key.js';
import { ActionButtons, type Ask } from './action-dialog.js';
import { stepActions } from './actions.js';
import { Fact } from './facts.js';
import { baseOf, parcelNames, parcelOf } from './graph-model.js';
import { kindOfState, StateIcon } from './step-state.js';
import type { ProcessSteps } from './use-process.js';

export interface StepPanelProps {
  order: OrderView;
  stepId: string;
  process: ProcessSteps;
  role: Session['role'];
  /** An earlier moment is looked at: nothing can be done there. */
  isPast: boolean;
  onAsk: Ask;
}

/** All that is known of one step, and what an operator can do about it. */
export function StepPanel({ order, stepId, process, role, isPast, onAsk }: StepPanelProps) {
  const say = useText();
  const textOf = useTextOf();
  const { duration } = useFormats();
  const step = order.steps.find(({ id }) => id === stepId);
  if (!step) return null;
  const { state, startedAt, finishedAt, attempts, failure, dueAt, overdue } = step;
  const { expectedMs } = process.of(stepId);
  const parcel = parcelOf(stepId);
  /** The page says it above. */
  const isTold = order.failure?.step === stepId && order.failure.message === failure?.message;
  const actions = isPast ? [] : stepActions(order, step, role);
  return (
    <section className="sheet step-panel">
      {/* Only this is read aloud when it changes: the times below change all the time. */}
      <div className="row-head" aria-live="polite">
        <h2>
          {textOf('step', baseOf(stepId))}
          {parcel !== undefined && <bdi className="hint"> {parcelNames(order).get(parcel) ?? parcel}</bdi>}
        </h2>
        <span className={`status kind-${kindOfState[state]}`}>
          <StateIcon state={state} />
          {say(`stepState.${state}`)}
        </span>
      </div>
      {failure && !isTold && (
        <div className="banner">
          <b>{textOf('failure', failure.code)}</b>
          <p>{failure.message}</p>
        </div>
      )}
      <dl className="facts">
        {startedAt !== undefined && (
          <Fact name={say('stepFact.startedAt')}>
            <Ago at={startedAt} />
          </Fact>
        )}
        {startedAt !== undefined && finishedAt !== undefined && (
          <Fact name={say('gantt.real')}>{duration(Date.parse(finishedAt) - Date.parse(startedAt))}</Fact>
        )}
        {expectedMs !== undefined && <Fact name={say('gantt.legend.expected')}>{duration(expectedMs)}</Fact>}
        {dueAt !== undefined && (
          <Fact name={say(overdue ? 'orders.overdue' : 'stepFact.dueAt')}>
            <Ago at={dueAt} />
          </Fact>
        )}
        {attempts > 0 && <Fact name={say('stepFact.attempts')}>{attempts}</Fact>}
        <Fact name={say('stepFact.id')}>
          <code>{stepId}</code>
        </Fact>
      </dl>
      <ActionButtons actions={actions} label={say('order.actions')} onAsk={onAsk} />
    </section>
  );
}
