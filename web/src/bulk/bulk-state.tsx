import { useText } from '../language/language.js';
import type { Bulk } from './bulk.js';

const marks: Record<Bulk['state'], string> = { draft: '○', running: '▶', stopped: '❙❙', done: '✓' };

/** Told by a mark and a word. */
export function BulkState({ state }: { state: Bulk['state'] }) {
  const say = useText();
  return (
    <span className={`bulk-state bulk-state-${state}`}>
      <span aria-hidden="true">{marks[state]}</span> {say(`bulk.state.${state}`)}
    </span>
  );
}
