import { useRef, useState, type FormEvent } from 'react';
import { Heading, Input, Label, TextArea, TextField } from 'react-aria-components';
import type { OrderView } from '../../../contracts/order.js';
import { call, Refused, type Problem } from '../api/client.js';
import { useText, useTextOf } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import type { Action, Field } from './actions.js';
import { baseOf } from './graph-model.js';
import { newKey } from './request-key.js';

/** Asks before an action: opens the dialog that says what will happen. */
export type Ask = (action: Action) => void;

/** A button for each action. Nothing happens before the dialog is confirmed. */
export function ActionButtons({ actions, label, onAsk }: { actions: readonly Action[]; label: string; onAsk: Ask }) {
  const say = useText();
  if (actions.length === 0) return null;
  return (
    <div className="buttons" role="group" aria-label={label}>
      {actions.map((action) => (
        <Button key={action.id} kind={action.kind} onPress={() => onAsk(action)}>
          {say(action.label)}
        </Button>
      ))}
    </div>
  );
}

interface ActionDialogProps {
  /** undefined: nothing is asked. */
  action: Action | undefined;
  /** Whether the order still takes it. It may change while somebody reads or writes. */
  isPossible: boolean;
  onClose: () => void;
  onDone: (view: OrderView, action: Action) => void;
}

/** Says what will happen, and asks for what is needed. It stays open when the order changes meanwhile, and shows what the server refuses. */
export function ActionDialog({ action, isPossible, onClose, onDone }: ActionDialogProps) {
  return (
    <Dialog isOpen={action !== undefined} onClose={onClose}>
      {action && (
        <Question
          action={action}
          isPossible={isPossible}
          onCancel={onClose}
          onDone={(view) => {
            onClose();
            onDone(view, action);
          }}
        />
      )}
    </Dialog>
  );
}

function Question({
  action,
  isPossible,
  onCancel,
  onDone,
}: {
  action: Action;
  isPossible: boolean;
  onCancel: () => void;
  onDone: (view: OrderView) => void;
}) {
  const say = useText();
  const textOf = useTextOf();
  const { fields } = action;
  const [values, setValues] = useState(() =>
    Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial])),
  );
  const [problem, setProblem] = useState<Problem | 'unreachable'>();
  const [isBusy, setBusy] = useState(false);
  /** An attempt whose answer was lost is repeated under its key, so that it takes effect once. */
  const attempt = useRef<{ body: string; key: string }>(undefined);

  const send = async () => {
    const { path, method, body } = action.request(values);
    const text = JSON.stringify(body);
    if (attempt.current?.body !== text) attempt.current = { body: text, key: newKey() };
    setBusy(true);
    setProblem(undefined);
    try {
      onDone(await call<OrderView>(path, { method, body, idempotencyKey: attempt.current.key }));
    } catch (error) {
      const isRefused = error instanceof Refused;
      setProblem(isRefused ? error.problem : 'unreachable');
      if (isRefused && error.problem.status < 500) attempt.current = undefined;
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  const isFilled = fields.every(({ name, required }) => !required || values[name]?.trim());
  return (
    <form onSubmit={submit}>
      <Heading slot="title">
        {say(action.label)}
        {action.about !== undefined && <bdi>: {textOf('step', baseOf(action.about))}</bdi>}
      </Heading>
      <p>{say(action.text)}</p>
      <div className="fields">
        {fields.map((field) => (
          <FieldOf
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            onChange={(value) => setValues({ ...values, [field.name]: value })}
          />
        ))}
      </div>
      {!isPossible && problem === undefined && !isBusy && (
        <p className="banner" role="alert">
          {say('action.changed')}
        </p>
      )}
      {problem !== undefined && (
        <div className="banner" role="alert">
          {problem === 'unreachable' ? say('action.unreachable') : <Said problem={problem} />}
        </div>
      )}
      <div className="dialog-buttons">
        <Button onPress={onCancel}>{say('action.back')}</Button>
        <Button type="submit" kind={action.kind === 'danger' ? 'danger' : 'primary'} isDisabled={isBusy || !isFilled}>
          {isBusy ? say('action.busy') : say('action.confirm', { action: say(action.label) })}
        </Button>
      </div>
    </form>
  );
}

function FieldOf({ field, value, onChange }: { field: Field; value: string; onChange: (value: string) => void }) {
  const say = useText();
  const { label, kind, required = false, max } = field;
  return (
    <TextField value={value} onChange={onChange} isRequired={required} className={`field field-${kind}`}>
      <Label>
        {typeof label === 'string' ? say(label) : <bdi>{label.outside}</bdi>}
        {!required && kind === 'long' && <span className="hint"> {say('action.optional')}</span>}
        {max !== undefined && <span className="hint"> {say('action.most', { count: max })}</span>}
      </Label>
      {kind === 'long' ? (
        <TextArea className="input" rows={2} />
      ) : (
        <Input
          className="input"
          autoComplete="off"
          {...(kind === 'number' ? { type: 'number', min: 0, max, inputMode: 'numeric' as const } : {})}
        />
      )}
    </TextField>
  );
}

/** A refusal, as the server says it. */
export function Said({ problem }: { problem: Problem }) {
  return (
    <>
      <p>{problem.detail}</p>
      {problem.errors && problem.errors.length > 0 && (
        <ul>
          {problem.errors.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
