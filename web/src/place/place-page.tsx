import { useState } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { call } from '../api/client.js';
import { Page } from '../frame/frame.js';
import { useText } from '../language/language.js';
import { Button, ButtonLink } from '../parts/button.js';
import { ErrorLine, Failure, Loading, Notice } from '../parts/states.js';
import { navigate } from '../routing/location.js';
import { routes } from '../routing/routes.js';
import { useDevelopmentKeys } from '../session/development.js';
import { orderOf, presets, type PresetName } from './presets.js';

/** Places orders that go one path each. Only on a server with development keys: anywhere else an order is real. */
export function PlacePage() {
  const say = useText();
  const { data, error, loading, reload } = useDevelopmentKeys();
  // An order belongs to one shop, so the shop's key places it, whoever is signed in.
  const key = data?.items.find(({ role, shopId }) => role === 'shop' && shopId !== '*')?.key;
  return (
    <Page title={say('place.title')}>
      {loading && <Loading />}
      {error && <Failure error={error} onRetry={reload} />}
      {data && key === undefined && (
        <Notice icon="place" title={say('place.off.title')} text={say('place.off.text')}>
          <ButtonLink href={routes.orders}>{say('state.notFound.back')}</ButtonLink>
        </Notice>
      )}
      {key !== undefined && (
        <>
          <p className="lead">{say('place.lead')}</p>
          <ul className="presets">
            {(Object.keys(presets) as PresetName[]).map((name) => (
              <PresetCard key={name} name={name} shopKey={key} />
            ))}
          </ul>
        </>
      )}
    </Page>
  );
}

function PresetCard({ name, shopKey }: { name: PresetName; shopKey: string }) {
  const say = useText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  // The same key for a repeated attempt: an answer may be lost after the order was placed.
  const [idempotencyKey] = useState(() => `page-${crypto.randomUUID()}`);
  const place = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const { id } = await call<OrderView>('/v1/orders', {
        method: 'POST',
        body: orderOf(name),
        idempotencyKey,
        key: shopKey,
      });
      navigate(routes.order(id));
    } catch (reason) {
      setError(reason as Error);
      setBusy(false);
    }
  };
  return (
    <li className="card preset">
      <h2>{say(`place.preset.${name}`)}</h2>
      <p className="preset-about">{say(`place.about.${name}`)}</p>
      <div className="preset-foot">
        <code>
          {orderOf(name)
            .lines.map(({ sku, quantity }) => `${quantity} × ${sku}`)
            .join(', ')}
        </code>
        <Button
          aria-label={say('place.placeNamed', { name: say(`place.preset.${name}`) })}
          isDisabled={isBusy}
          onPress={() => void place()}
        >
          {say('place.place')}
        </Button>
      </div>
      {error && <ErrorLine error={error} className="field-error" />}
    </li>
  );
}
