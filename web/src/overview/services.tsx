import type { ServiceList } from '../../../contracts/services.schema.js';
import { useResource } from '../api/use-resource.js';
import { useFormats } from '../language/format.js';
import { useText } from '../language/language.js';
import { Scroll } from '../parts/scroll.js';
import { Failure, Loading } from '../parts/states.js';

/** How each service does, over all workers. */
export function Services() {
  const say = useText();
  const { number, duration } = useFormats();
  const { data, error, loading, reload } = useResource<ServiceList>('/v1/services', { everyMs: 5000 });
  const orNone = <Value,>(value: Value | null, write: (value: Value) => string) =>
    value === null ? '–' : write(value);
  return (
    <section className="card panel">
      <h2>{say('overview.services')}</h2>
      {loading && <Loading />}
      {error && !data && <Failure error={error} onRetry={reload} />}
      {data && (
        <Scroll className="services" label={say('overview.services')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{say('overview.service')}</th>
                <th scope="col">{say('overview.state')}</th>
                <th scope="col">{say('overview.errors')}</th>
                <th scope="col">p50 / p95</th>
                <th scope="col">{say('overview.retries')}</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map(({ name, state, breaker, errorRate, latencyMs, retrying }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td>
                    <span className={state === 'up' ? 'result result-done' : 'result result-failed'}>
                      <span aria-hidden="true">{state === 'up' ? '✓' : '✕'}</span> {say(`overview.state.${state}`)}
                    </span>
                    {breaker === 'open' && <span className="tag tag-overdue">{say('overview.breaker')}</span>}
                  </td>
                  <td>{orNone(errorRate, (rate) => number(rate, { style: 'percent', maximumFractionDigits: 1 }))}</td>
                  <td>{orNone(latencyMs, ({ p50, p95 }) => `${duration(p50)} / ${duration(p95)}`)}</td>
                  <td>{orNone(retrying, (value) => number(value))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
