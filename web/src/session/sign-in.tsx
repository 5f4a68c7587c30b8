import { useState, type FormEvent } from 'react';
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import { call, Refused } from '../api/client.js';
import { Settings } from '../frame/settings.js';
import { useText, type MessageNameOf } from '../language/language.js';
import { Button } from '../parts/button.js';
import { useStore } from '../state/store.js';
import { useDevelopmentKeys } from './development.js';
import { endedBecause, signIn, type Session } from './key.js';

type Trouble = MessageNameOf<'signIn'> | 'state.unreachable.short';

/** Asks for an API key, and checks it with the API before anything else is shown. */
export function SignIn() {
  const say = useText();
  const ended = useStore(endedBecause);
  const [key, setKey] = useState('');
  const [trouble, setTrouble] = useState<Trouble>();
  const [isBusy, setBusy] = useState(false);
  const development = useDevelopmentKeys().data?.items ?? [];

  const enter = async (given: string) => {
    setTrouble(undefined);
    if (given === '') return setTrouble('signIn.empty');
    // A header takes nothing else.
    if (!/^[\x21-\x7e]+$/.test(given)) return setTrouble('signIn.odd');
    setBusy(true);
    try {
      signIn({ ...(await call<Omit<Session, 'key'>>('/v1/me', { key: given })), key: given });
    } catch (error) {
      setTrouble(error instanceof Refused && error.problem.status === 401 ? 'signIn.wrong' : 'state.unreachable.short');
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter(key.trim());
  };

  return (
    <div className="sign-in">
      <main className="sign-in-card">
        <div className="brand">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          {say('app.name')}
        </div>
        <h1>{say('signIn.title')}</h1>
        <p className="lead">{say('signIn.lead')}</p>
        {ended === 'expired' && (
          <p className="banner" role="alert">
            {say('signIn.expired')}
          </p>
        )}
        {development.length > 0 && (
          <div className="development">
            <p>{say('signIn.development')}</p>
            {[...development].reverse().map(({ key: each, role }) => (
              <Button key={each} kind={role === 'operator' ? 'primary' : 'plain'} onPress={() => void enter(each)}>
                {say(`signIn.as.${role}`)}
              </Button>
            ))}
          </div>
        )}
        <form onSubmit={submit} noValidate>
          <TextField
            name="key"
            type="password"
            autoComplete="off"
            value={key}
            onChange={setKey}
            isInvalid={trouble !== undefined}
            validationBehavior="aria"
          >
            <Label>{say('signIn.key')}</Label>
            <Input className="input" spellCheck="false" />
            <FieldError className="field-error">{trouble && say(trouble)}</FieldError>
            <Text slot="description" className="hint">
              {say('signIn.hint')}
            </Text>
          </TextField>
          <Button type="submit" kind={development.length > 0 ? 'plain' : 'primary'} isDisabled={isBusy}>
            {say(isBusy ? 'signIn.busy' : 'signIn.submit')}
          </Button>
        </form>
      </main>
      <Settings />
    </div>
  );
}
