import type { Finding, Place } from './finding.js';

/** How many places are named. */
const most = { violations: 10, known: 3, unknown: 3 };

/** The findings as a table for people, each with its formula; then the places where something does not hold. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = findings.map(({ invariant, holds, verified, violations, unknown }) => [
    invariant,
    wordOf(holds),
    `${verified}`,
    `${violations.length}`,
    `${unknown.length}`,
  ]);
  const head = ['invariant', 'holds', 'verified', 'violations', 'unknown'];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  const lines = findings.map(({ formula }, index) => `${line(rows[index]!)}  ${formula}`);
  return [`${line(head)}  formula`, ...lines, ...findings.flatMap(placesOf)].join('\n');
}

function wordOf(holds: Finding['holds']): string {
  return holds === 'unknown' ? 'unknown' : holds ? 'yes' : 'NO';
}

function placesOf({ invariant, violations, apart = [], unknown }: Finding): string[] {
  const limits = [...new Set(apart.map(({ limit }) => limit))];
  return [
    ...listed(`${invariant} does not hold:`, violations, most.violations),
    ...limits.flatMap((limit) => {
      const places = apart.filter((place) => place.limit === limit);
      return listed(`${invariant}, ${limit}: ${places.length} (a known limit, no violation)`, places, most.known);
    }),
    ...listed(`${invariant} is unknown:`, unknown, most.unknown),
  ];
}

function listed(title: string, places: readonly Place[], limit: number): string[] {
  if (places.length === 0) return [];
  const shown = places.slice(0, limit).map(({ orderId, what }) => `  ${orderId === '' ? '' : `${orderId}: `}${what}`);
  const more = places.length > limit ? [`  and ${places.length - limit} more`] : [];
  return ['', title, ...shown, ...more];
}
