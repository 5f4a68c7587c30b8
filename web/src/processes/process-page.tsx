import { useResource } from '../api/use-resource.js';
import { Page } from '../frame/frame.js';
import { useFormats } from '../language/format.js';
import { useText, useTextOf } from '../language/language.js';
import { Picker } from '../parts/picker.js';
import { Scroll } from '../parts/scroll.js';
import { Failure, Loading } from '../parts/states.js';
import { useQuery } from '../routing/location.js';
import type { Session } from '../session/key.js';
import { Analysis } from './analysis.js';
import { ProcessDrawing } from './process-drawing.js';
import { differences, type Insights, type Process } from './process.js';

/** One process: its graph, what the last orders took on it, and what differs from another version. */
export function ProcessPage({ name, session }: { name: string; session: Session }) {
  const say = useText();
  const [query, changeQuery] = useQuery();
  const path = `/v1/processes/${encodeURIComponent(name)}`;
  const latest = useResource<Process>(path);
  const newest = latest.data?.version ?? 1;
  const version = versionIn(query.get('version'), newest) ?? newest;
  const against = versionIn(query.get('against'), newest);
  const shown = useResource<Process>(latest.data && version !== newest ? `${path}?version=${version}` : undefined);
  const other = useResource<Process>(
    latest.data && against !== undefined && against !== version ? `${path}?version=${against}` : undefined,
  );
  const mayMeasure = session.role === 'operator' && session.shopId === '*';
  const insights = useResource<Insights>(
    latest.data && mayMeasure ? `/v1/insights?process=${encodeURIComponent(name)}&version=${version}` : undefined,
    { everyMs: 30_000 },
  );
  const process = version === newest ? latest.data : shown.data;
  const error = latest.error ?? shown.error;
  const versions = Array.from({ length: newest }, (_, index) => String(newest - index));
  return (
    <Page title={latest.data ? say('process.name', { name, version }) : say('nav.processes')}>
      {error && !process && <Failure error={error} onRetry={latest.reload} />}
      {!error && !process && <Loading />}
      {process && (
        <>
          {newest > 1 && (
            <div className="process-versions">
              <Picker
                label={say('process.version')}
                value={String(version)}
                options={versions.map((value) => ({ value, text: say('process.versionOf', { version: value }) }))}
                onChange={(value) => changeQuery({ version: value === String(newest) ? undefined : value })}
              />
              <Picker
                label={say('process.against')}
                value={against === undefined ? 'none' : String(against)}
                options={[
                  { value: 'none', text: say('process.againstNone') },
                  ...versions
                    .filter((each) => each !== String(version))
                    .map((value) => ({ value, text: say('process.versionOf', { version: value }) })),
                ]}
                onChange={(value) => changeQuery({ against: value === 'none' ? undefined : value })}
              />
            </div>
          )}
          <Analysis process={process} />
          <ProcessDrawing process={process} insights={insights.data} />
          {other.data && (
            <>
              <Differences before={other.data} now={process} />
              <h2>{say('process.name', { name, version: other.data.version })}</h2>
              <ProcessDrawing process={other.data} insights={undefined} />
            </>
          )}
          {insights.error && !insights.data && <Failure error={insights.error} onRetry={insights.reload} />}
          <Steps process={process} insights={insights.data} />
        </>
      )}
    </Page>
  );
}

function versionIn(text: string | null, newest: number): number | undefined {
  const version = Number(text);
  return Number.isInteger(version) && version >= 1 && version <= newest ? version : undefined;
}

function Differences({ before, now }: { before: Process; now: Process }) {
  const say = useText();
  const textOf = useTextOf();
  const found = differences(before, now);
  return (
    <section className="card">
      <h2>{say('process.differences', { before: before.version, now: now.version })}</h2>
      {found.length === 0 && <p className="soft">{say('process.same')}</p>}
      <ul className="differences">
        {found.map(({ step, kind, before: was, now: is }) => (
          <li key={`${step} ${kind}`}>
            <span aria-hidden="true">{kind === 'added' ? '+' : kind === 'removed' ? '−' : '≠'}</span>{' '}
            <b>{textOf('step', step)}</b> {say(`process.difference.${kind}`)}
            {was !== undefined && (
              <span className="soft">
                {' '}
                <code>{was}</code> → <code>{is}</code>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Steps({ process, insights }: { process: Process; insights: Insights | undefined }) {
  const say = useText();
  const textOf = useTextOf();
  const { duration, number } = useFormats();
  const measured = new Map(insights?.steps.map((step) => [step.id, step]));
  const critical = new Set(process.analysis.criticalPath);
  const hasMeasures = insights !== undefined && insights.orders > 0;
  const percent = (value: number) => number(value, { style: 'percent', maximumFractionDigits: 0 });
  return (
    <section className="steps">
      {hasMeasures && (
        <p>
          {say('process.measured', {
            count: insights.orders,
            work: duration(insights.totalWork.p50Ms),
            makespan: duration(insights.makespan.p50Ms),
            speedUp: number(insights.speedUp, { maximumFractionDigits: 2 }),
            waiting: percent(insights.waitingShare),
            error: percent(insights.relativeError),
          })}
        </p>
      )}
      <Scroll className="table-scroll" label={say('process.steps')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{say('orders.column.at')}</th>
              <th scope="col" className="after">
                {say('process.after')}
              </th>
              <th scope="col">{say('process.expected')}</th>
              {hasMeasures && (
                <>
                  <th scope="col">{say('process.count')}</th>
                  <th scope="col">p50</th>
                  <th scope="col">p95</th>
                  <th scope="col">{say('process.attempts')}</th>
                  <th scope="col">{say('process.criticalShare')}</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {process.steps.map((step) => {
              const times = measured.get(step.id);
              return (
                <tr key={step.id}>
                  <td>
                    <b>{textOf('step', step.id)}</b>{' '}
                    <span className="soft">
                      {[
                        critical.has(step.id) && say('process.critical'),
                        step.waits && say('process.waits'),
                        step.optional && say('process.optional'),
                      ]
                        .filter(Boolean)
                        .join(', ')}
                    </span>
                  </td>
                  <td className="soft after">{step.dependsOn.map((id) => textOf('step', id)).join(', ') || '–'}</td>
                  <td className="figure">{duration(step.expectedMs)}</td>
                  {hasMeasures && (
                    <>
                      <td className="figure">{number(times?.count ?? 0)}</td>
                      <td className="figure">{times?.count ? duration(times.p50Ms) : '–'}</td>
                      <td className="figure">{times?.count ? duration(times.p95Ms) : '–'}</td>
                      <td className="figure">
                        {times?.count ? number(times.attempts, { maximumFractionDigits: 2 }) : '–'}
                      </td>
                      <td className="figure">{times?.count ? percent(times.criticalShare) : '–'}</td>
                    </>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
