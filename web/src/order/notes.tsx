import { useRef, useState, type FormEvent } from 'react';
import { Label, TextArea, TextField } from 'react-aria-components';
import { call, Refused } from '../api/client.js';
import { useResource } from '../api/use-resource.js';
import { Ago } from '../language/format.js';
import { useText } from '../language/language.js';
import { Button } from '../parts/button.js';
import { KeyName } from '../parts/key-name.js';
import { Said } from './action-dialog.js';
import { Rows } from './facts.js';
import { newKey } from './request-key.js';

interface Note {
  id: string;
  at: string;
  by: string;
  text: string;
}

/** What operators wrote down about the order, and a field for one more. A note never changes. */
export function Notes({ orderId }: { orderId: string }) {
  const say = useText();
  const path = `/v1/orders/${encodeURIComponent(orderId)}/notes`;
  const { data, reload } = useResource<{ items: Note[] }>(path);
  const [text, setText] = useState('');
  const [trouble, setTrouble] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  /** A note whose answer was lost is sent again under its key, so that it stands there once. */
  const attempt = useRef<{ text: string; key: string }>(undefined);

  const add = async () => {
    if (attempt.current?.text !== text) attempt.current = { text, key: newKey() };
    setBusy(true);
    setTrouble(undefined);
    try {
      await call<Note>(path, { method: 'POST', body: { text: text.trim() }, idempotencyKey: attempt.current.key });
      setText('');
      attempt.current = undefined;
      reload();
    } catch (error) {
      setTrouble(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void add();
  };
  return (
    <>
      {data && data.items.length > 0 && (
        <Rows kind="notes" label={say('notes.title')}>
          {data.items.map((note) => (
            <li key={note.id}>
              <bdi className="note-text">{note.text}</bdi>
              <span className="hint">
                <KeyName name={note.by} /> · <Ago at={note.at} />
              </span>
            </li>
          ))}
        </Rows>
      )}
      <form className="note-form" onSubmit={submit}>
        <TextField value={text} onChange={setText} className="field" maxLength={2000}>
          <Label>{say('notes.new')}</Label>
          <TextArea className="input" rows={2} />
        </TextField>
        {trouble !== undefined && (
          <div className="banner" role="alert">
            {trouble instanceof Refused ? <Said problem={trouble.problem} /> : say('action.unreachable')}
          </div>
        )}
        <Button type="submit" isDisabled={isBusy || !text.trim()}>
          {say('notes.add')}
        </Button>
      </form>
    </>
  );
}
