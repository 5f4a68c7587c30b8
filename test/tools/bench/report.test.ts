import { temporal } from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { billableActionsOf } from '../../../bench/counts/billable-actions.js';
import { canReadProcesses, cpuMsOf, memoryOf, parseMemory, parseStat } from '../../../bench/processes.js';
import { withMeasured } from '../../../bench/report/page.js';
import { plotOf } from '../../../bench/report/plot.js';
import { textTable, type Table } from '../../../bench/report/table.js';
import { quantile, summarize } from '../../../bench/statistics.js';

describe('statistics', () => {
  it('a quantile lies between its neighbours in proportion', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.95)).toBeCloseTo(19.5);
    expect(quantile([7], 0.95)).toBe(7);
    expect(quantile([], 0.5)).toBeUndefined();
  });

  it('rounds have a median, a lowest and a highest', () => {
    expect(summarize([30, undefined, 10, 20])).toEqual({ median: 20, lowest: 10, highest: 30 });
    expect(summarize([undefined])).toBeUndefined();
  });
});

describe('processes', () => {
  it('the CPU time of a process is its own and that of its ended children', () => {
    const stat = '17 (a) b (c) S 5 17 17 0 -1 4194560 900 0 0 0 11 22 33 44 20 0 11 0 8000 1 1 1';
    expect(parseStat(stat)).toEqual({ parent: 5, cpuMs: 1100 });
  });

  it('reads the memory in MiB', () => {
    expect(parseMemory('Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toEqual({ now: 100, peak: 200 });
  });

  it.runIf(canReadProcesses)('sees what this process uses', () => {
    const before = cpuMsOf([process.pid]);
    for (let i = 0, until = performance.now() + 100; performance.now() < until; i += 1) Math.sqrt(i);
    expect(cpuMsOf([process.pid])).toBeGreaterThan(before);
    expect(memoryOf(process.pid)!.peak).toBeGreaterThan(10);
  });
});

describe('the report', () => {
  const table: Table = { title: 'Speed', note: 'More is better.', columns: ['who', 'n'], rows: [['this one', '7']] };

  it('a table has columns of equal width', () => {
    expect(textTable(table.columns, table.rows)).toBe('who       n\nthis one  7\n');
  });

  it('replaces one measured part of a page', () => {
    const page = (text: string) => `Intro\n\n<!-- measured: a -->\n\n${text}\n\n<!-- end: a -->\n\nEnd\n`;
    const part = '### Speed\n\nMore is better.\n\n| who | n |\n|---|---:|\n| this one | 7 |\n\nMeasured on a laptop.';
    expect(withMeasured(page('old'), 'a', 'a laptop', { tables: [table] })).toBe(page(part));
    expect(() => withMeasured('Intro', 'a', 'a laptop', { tables: [table] })).toThrow('measured: a');
  });

  it('the plot has a line for each variant', async () => {
    const round = { ordersPerSecond: 9, completedP50: 500, completedP95: 900 };
    const series = ['this', 'plain saga'].flatMap((variant) =>
      [1, 10].map((inFlight) => ({ variant, inFlight, orders: 4, rounds: [round] })),
    );
    const svg = await plotOf({ series, peakMemory: {} });
    expect(svg).toMatch(/^<svg /);
    for (const text of ['plain saga', 'orders a second', 'completed p95, s']) expect(svg).toContain(text);
  });
});

it('counts what Temporal Cloud bills', () => {
  const { EventType } = temporal.api.enums.v1;
  const marker = (task: number) => ({
    eventType: EventType.EVENT_TYPE_MARKER_RECORDED,
    markerRecordedEventAttributes: { workflowTaskCompletedEventId: task as never },
  });
  const events = [
    { eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED },
    { eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED },
    // Local activities: two in one workflow task, one in another.
    marker(4),
    marker(4),
    marker(9),
    { eventType: EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED, activityTaskStartedEventAttributes: { attempt: 3 } },
    { eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED },
    { eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED },
  ];
  expect(billableActionsOf(events)).toBe(1 + 2 + 3 + 1);
});
