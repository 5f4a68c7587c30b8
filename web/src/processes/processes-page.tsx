import { useResource } from '../api/use-resource.js';
import { Page } from '../frame/frame.js';
import { useText } from '../language/language.js';
import { Anchor } from '../parts/anchor.js';
import { Failure, Loading } from '../parts/states.js';
import { routes } from '../routing/routes.js';
import { Analysis } from './analysis.js';
import { ProcessDrawing } from './process-drawing.js';
import type { Process } from './process.js';

/** Every process in the version that new orders take. */
export function ProcessesPage() {
  const say = useText();
  const { data, error, loading, reload } = useResource<{ items: Process[] }>('/v1/processes');
  return (
    <Page title={say('nav.processes')}>
      {loading && <Loading />}
      {error && !data && <Failure error={error} onRetry={reload} />}
      {data?.items.map((process) => (
        <section key={process.name} className="card process">
          <div className="process-head">
            <h2>
              <Anchor href={routes.process(process.name)}>
                {say('process.name', { name: process.name, version: process.version })}
              </Anchor>
            </h2>
            <Analysis process={process} />
          </div>
          <ProcessDrawing process={process} insights={undefined} />
        </section>
      ))}
    </Page>
  );
}
