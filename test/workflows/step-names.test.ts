import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stepsOf } from '../../workflows/engine/definition.js';
import { initialView, orderVersions } from '../../workflows/order/process.js';
import { returnVersions } from '../../workflows/returns/process.js';
import { inputOf } from './test-orders.js';

const root = new URL('../..', import.meta.url).pathname;
const folders = ['activities', 'contracts', 'services', 'src', 'tools', 'workflows'];
const sources = folders
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((f) => join(folder, f)),
  )
  .filter((file) => file.endsWith('.ts'))
  // Recorded lives, edits of the graph, the checker and simulated people speak of steps. Their own tests fail when a step that they name is gone.
  .filter((file) => !/^tools\/(cli\/(lives|mutants)|check|simulate)\//.test(file));

/** Steps that other files name, with reasons. */
const namedElsewhere: Record<string, string[]> = {
  // Measures how long it takes until an order is confirmed.
  'services/orders/measures.ts': ['confirmOrder'],
  // An example in the API's documentation.
  'src/api/trouble/trouble.controller.ts': ['authorizePayment'],
};

it('no file outside the graphs names a step, so a renamed step changes nothing silently', () => {
  const ids = [...stepsOf(orderVersions), ...stepsOf(returnVersions)]
    .map((step) => step.id)
    // Step names of one word are also names of commands or of the services' operations.
    .filter((id) => /[A-Z]/.test(id));
  expect(ids.length).toBeGreaterThan(15);
  const named = new RegExp(`['"](${ids.join('|')})\\b`);
  const graphs = ['workflows/order/process.ts', 'workflows/returns/process.ts'];
  expect(graphs.filter((file) => named.test(readFileSync(join(root, file), 'utf8')))).toEqual(graphs);
  const naming = sources.filter((file) => !graphs.includes(file) && named.test(readFileSync(join(root, file), 'utf8')));
  expect(naming).toEqual(Object.keys(namedElsewhere));
  expect(ids).toEqual(expect.arrayContaining(Object.values(namedElsewhere).flat()));
});

it('an order that has not started shows the steps and commands of the version it was placed with', () => {
  const input = inputOf('ord_1', Date.parse('2030-01-01T00:00:00.000Z'));
  for (const { version, steps } of orderVersions) {
    const view = initialView({ ...input, process: { name: 'order', version } });
    expect(view.process).toEqual({ name: 'order', version });
    expect(view.steps.map((s) => s.id)).toEqual(steps.map((s) => s.id));
    expect(view).toMatchObject({ status: 'placed', possible: ['cancel', 'amend'] });
  }
  const newer = initialView({ ...input, process: { name: 'order', version: 99 } });
  expect(newer).toMatchObject({ status: 'placed', process: { version: 99 }, steps: [], possible: ['cancel'] });
});
