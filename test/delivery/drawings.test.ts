import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawings } from '../../tools/cli/draw/drawings.js';
import type { AnyStep } from '../../workflows/engine/definition.js';
import { orderProcess } from '../../workflows/order/process.js';
import { returnProcess } from '../../workflows/returns/process.js';
import { read, root } from './markdown.js';

describe('the drawings of the processes', () => {
  it.each(Object.entries(drawings()))('%s is what `npm run draw` makes', async (file, svg) => {
    await expect(svg).toMatchFileSnapshot(join(root, file));
  });
});

describe.each([
  ['docs/images/order-process.svg', orderProcess.steps as readonly AnyStep[]],
  ['docs/images/return-process.svg', returnProcess.steps as readonly AnyStep[]],
])('%s', (file, definition) => {
  const picture = read(file);
  const steps = definition.flatMap((step) => [step, ...(step.fanOut?.branch ?? [])]);
  const shown = (pattern: RegExp) => [...picture.matchAll(pattern)].map((match) => match.slice(1).join(' -> ')).sort();
  const ids = (wanted: (step: AnyStep) => unknown) =>
    steps
      .filter(wanted)
      .map(({ id }) => id)
      .sort();

  it('shows exactly the steps of the process', () => {
    expect(shown(/data-step="(\w+)"/g)).toEqual(ids(() => true));
  });

  it('shows which steps each step comes after', () => {
    const arrows = steps.flatMap(({ id, dependsOn }) => dependsOn.map((from) => `${from} -> ${id}`));
    expect(shown(/data-from="(\w+)" data-to="(\w+)"/g)).toEqual(arrows.sort());
  });

  it.each([
    ['waits', ({ waits }: AnyStep) => waits],
    ['optional', ({ optional }: AnyStep) => optional],
    ['↩ undo', ({ undo }: AnyStep) => undo],
    ['pivot', ({ pivot }: AnyStep) => pivot],
    ['if needed', ({ when }: AnyStep) => when],
  ])('says "%s" in words at the steps that are so', (mark, wanted) => {
    const marked = new RegExp(`>(\\w+)</text>\n<text class="marks"[^>]*>(?:[^<]* · )?${mark}(?: · [^<]*)?</text>`, 'g');
    expect(shown(marked)).toEqual(ids(wanted));
  });
});
