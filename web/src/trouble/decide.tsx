import { useState } from 'react';
import { Heading, Label, Radio, RadioGroup } from 'react-aria-components';
import { call } from '../api/client.js';
import type { Bulk } from '../bulk/bulk.js';
import { useText } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { ErrorLine } from '../parts/states.js';
import { navigate } from '../routing/location.js';
import { routes } from '../routing/routes.js';
import { decisions, type DecisionName } from './groups.js';

interface Props {
  /** What is decided about, in words. */
  about: string;
  orders: number;
  filter: Record<string, string | readonly string[]>;
  options: readonly DecisionName[];
  /** The text of the button. */
  label: string;
  isPrimary?: boolean;
}

/** Chooses one decision for a group. Nothing happens yet: the next page shows exactly which orders it would touch. */
export function Decide({ about, orders, filter, options, label, isPrimary = false }: Props) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button kind={isPrimary ? 'primary' : 'plain'} aria-label={`${label} (${about})`} onPress={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog isOpen={isOpen} onClose={close}>
        <Choice about={about} orders={orders} filter={filter} options={options} onClose={close} />
      </Dialog>
    </>
  );
}

function Choice({
  about,
  orders,
  filter,
  options,
  onClose,
}: Omit<Props, 'label' | 'isPrimary'> & { onClose: () => void }) {
  const say = useText();
  const [chosen, setChosen] = useState<DecisionName>(options[0]!);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  // Another decision is another request; the same one again is the same draft.
  const [requestId] = useState(() => crypto.randomUUID());
  const check = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const { id } = await call<Bulk>('/v1/bulk', {
        method: 'POST',
        body: { select: { filter }, command: decisions[chosen], dryRun: true },
        idempotencyKey: `page-${requestId}-${chosen}`,
      });
      navigate(routes.bulk(id));
    } catch (reason) {
      setError(reason as Error);
      setBusy(false);
    }
  };
  return (
    <>
      <Heading slot="title">{say('trouble.decideTitle')}</Heading>
      <p className="soft">
        <bdi>{about}</bdi> · {say('orders.loaded', { count: orders })}
      </p>
      <RadioGroup className="choices" value={chosen} onChange={(value) => setChosen(value as DecisionName)}>
        <Label className="soft">{say('trouble.what')}</Label>
        {options.map((name) => (
          <Radio key={name} value={name} className="choice">
            <span className="choice-dot" aria-hidden="true" />
            <span>
              <b>{say(`bulk.action.${name}`)}</b>
              <span className="soft">{say(`bulk.about.${name}`)}</span>
            </span>
          </Radio>
        ))}
      </RadioGroup>
      {error && <ErrorLine error={error} />}
      <div className="dialog-buttons">
        <Button kind="quiet" onPress={onClose}>
          {say('trouble.back')}
        </Button>
        <Button kind="primary" isDisabled={isBusy} onPress={() => void check()}>
          {say('trouble.check')}
        </Button>
      </div>
    </>
  );
}
