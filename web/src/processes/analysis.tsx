import { useFormats } from '../language/format.js';
import { useText } from '../language/language.js';
import type { Process } from './process.js';

/** What the graph promises, in words: from the expected durations. */
export function Analysis({ process: { steps, analysis } }: { process: Process }) {
  const say = useText();
  const { duration, number } = useFormats();
  const { totalWorkMs, makespanMs, speedUp, width } = analysis;
  return (
    <p className="soft">
      {say('process.analysis', {
        steps: steps.length,
        width,
        work: duration(totalWorkMs),
        makespan: duration(makespanMs),
        speedUp: number(speedUp, { maximumFractionDigits: 2 }),
      })}
    </p>
  );
}
