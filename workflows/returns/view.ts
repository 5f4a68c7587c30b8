import type { ReturnView } from '../../contracts/order.js';
import type { ReturnWalk } from './commands.js';

/** The run's current details in the Web UI: its returns, and the stuck step of each. */
export function returnsTable(returns: readonly ReturnView[], walks: readonly ReturnWalk[]): string {
  const rows = returns.map((r) => {
    const stuck = walks.find((w) => w.back.id === r.id)?.run.attention;
    const trouble = stuck ? `${stuck.id}: ${stuck.failure?.code}` : '';
    return `| ${r.id} | ${r.status} | ${r.lines.map((l) => `${l.quantity} x ${l.sku}`).join(', ')} | ${r.refunded} | ${trouble} |`;
  });
  return ['| return | status | lines | refunded | stuck |', '|---|---|---|---|---|', ...rows].join('\n');
}
