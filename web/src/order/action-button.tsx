import { useRef, useState, type FormEvent } from 'react';
import {
  Dialog,
  DialogTrigger,
  Heading,
  Input,
  Label,
  Modal,
  ModalOverlay,
  TextArea,
  TextField,
} from 'react-aria-components';
import type { OrderView } from '../../../contracts/order.js';
import { call, Refused, type Problem } from '../api/client.js';
import { useText, useTextOf } from '../language/language.js';
import { Button } from '../parts/button.js';
import type { Action, Field } from './actions.js';
import { baseOf } from './graph-model.js';
import { newKey } from './request-key.js';

export interface ActionButtonProps {
  action: Action;
  onDone: (view: OrderView, action: Action) => void;
}

/** A button that says what will happen, and asks for what it needs, before it does it. */
export function ActionButton({ action, onDone }: ActionButtonProps) {
  const say = useText();
  return (
    <DialogTrigger>
      <Button kind={action.kind}>{say(action.label)}</Button>
      <ModalOverlay className="ask-ground" isDismissable>
        <Modal className="ask">
          <Dialog className="ask-dialog">
            {({ close }) => (
              <Question
                action={action}
                onCancel={close}
                onDone={(view) => {
                  close();
                  onDone(view, action);
                }}
              />
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}

function Question({
  action,
  onCancel,
  onDone,
}: {
  action: Action;
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
      {problem !== undefined && (
        <div className="banner" role="alert">
          {problem === 'unreachable' ? say('action.unreachable') : <Said problem={problem} />}
        </div>
      )}
      <div className="ask-buttons">
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
function Said({ problem }: { problem: Problem }) {
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
