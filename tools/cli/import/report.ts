import { defined } from '../../../contracts/defined.js';
import type { BalanceSheet, Compared } from './balance.js';
import type { PlayedOrder } from './play.js';

export interface ImportReport {
  file: string;
  inFile: number;
  /** How many of them this run played. */
  played: number;
  right: number;
  /** Orders that were in the system before, and messages sent; 0 messages for a file that was imported before. */
  known: number;
  messages: number;
  levelsSet: number;
  seconds: number;
  ordersPerSecond: number;
  /** Recorded status -> status reached -> orders. */
  reached: Record<string, Record<string, number>>;
  mismatches: { reference: string; orderId?: string; recorded: string; reason: string }[];
  balance: BalanceSheet;
}

export function reportOf(
  file: string,
  inFile: number,
  orders: readonly PlayedOrder[],
  balance: BalanceSheet,
  levelsSet: number,
  ms: number,
): ImportReport {
  const reached: ImportReport['reached'] = {};
  for (const { plan, reached: status } of orders) {
    const row = (reached[plan.recorded] ??= {});
    row[status ?? 'not placed'] = (row[status ?? 'not placed'] ?? 0) + 1;
  }
  const wrong = orders.filter(({ mismatch }) => mismatch !== undefined);
  return {
    file,
    inFile,
    played: orders.length,
    right: orders.length - wrong.length,
    known: orders.filter(({ known }) => known).length,
    messages: orders.reduce((sum, { sent }) => sum + sent, 0),
    levelsSet,
    seconds: Math.round(ms) / 1000,
    ordersPerSecond: ms > 0 ? Math.round((orders.length / ms) * 10_000) / 10 : 0,
    reached,
    mismatches: wrong.map(({ plan, orderId, mismatch }) => ({
      reference: plan.reference,
      ...defined({ orderId }),
      recorded: plan.recorded,
      reason: mismatch!,
    })),
    balance,
  };
}

/** Whether everything is as the log says. */
export function isRight({ mismatches, balance }: ImportReport): boolean {
  return mismatches.length === 0 && balance.differences.length === 0;
}

/** The report for people. */
export function renderReport(report: ImportReport): string {
  const { balance } = report;
  const parts = [
    `${report.inFile} orders in ${report.file}; ${report.played} played, of which ${report.known} were in the system before; ` +
      `${report.messages} messages sent, ${report.levelsSet} stock levels set`,
    table(reachedRows(report.reached)),
    table([
      ['BRL, from the payment service', 'recorded', 'found', ''],
      ...compared(
        {
          'captured - refunded': balance.money.net,
          captured: balance.money.captured,
          refunded: balance.money.refunded,
          authorized: balance.money.authorized,
        },
        reais,
      ),
    ]),
    table([
      ['pieces, from the inventory service', 'recorded', 'found', ''],
      ...compared(
        { 'sold to these orders': balance.pieces.committed, 'reserved for them': balance.pieces.reserved },
        String,
      ),
      ...compared(
        {
          'stock moved: available': balance.moved.available,
          'stock moved: reserved': balance.moved.reserved,
          'stock moved: committed': balance.moved.committed,
        },
        String,
      ),
    ]),
  ];
  if (report.mismatches.length) {
    const lines = report.mismatches.map(
      ({ reference, orderId, recorded, reason }) =>
        `  ${reference} (${orderId ?? 'not placed'}), ${recorded}: ${reason}`,
    );
    parts.push([`${report.mismatches.length} orders are not where the log says:`, ...lines].join('\n'));
  }
  if (balance.differences.length) {
    const lines = balance.differences.map(({ reference, reason }) => `  ${reference}: ${reason}`);
    parts.push([`${balance.differences.length} differences in money or stock:`, ...lines].join('\n'));
  }
  parts.push(
    `${report.right} of ${report.played} orders right` +
      `; ${report.seconds.toFixed(1)} s, ${report.ordersPerSecond.toFixed(1)} orders/s`,
  );
  return `${parts.join('\n\n')}\n`;
}

function reachedRows(reached: ImportReport['reached']): string[][] {
  const statuses = [...new Set(Object.values(reached).flatMap((row) => Object.keys(row)))].sort();
  return [
    ['recorded \\ reached', ...statuses],
    ...Object.entries(reached)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([recorded, row]) => [recorded, ...statuses.map((status) => String(row[status] ?? '-'))]),
  ];
}

function compared(rows: Record<string, Compared>, show: (value: number) => string): string[][] {
  return Object.entries(rows).map(([name, { expected, found }]) => [
    name,
    show(expected),
    show(found),
    expected === found ? '' : `off by ${show(found - expected)}`,
  ]);
}

/** Cents as reais. */
function reais(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Aligns the first column left and numbers right. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
