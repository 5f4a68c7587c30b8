import type { OrderView } from '../../contracts/order.js';

/** The order's steps as a Markdown table: the run's current details in the Web UI. */
export function stepsTable(view: OrderView): string {
  const rows = view.steps
    .filter((s) => s.state !== 'skipped')
    .map((s) => `| ${s.id} | ${s.state} | ${s.attempts || ''} | ${s.failure?.message ?? ''} |`);
  const head = `**${view.status}**${view.failure ? ` at ${view.failure.step}: ${view.failure.code}` : ''}`;
  return [head, '', '| step | state | attempts | failure |', '|---|---|---|---|', ...rows].join('\n');
}
