import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import { coverageOf } from '../../tools/cli/lives/coverage.js';
import { fileOf, folderOf, histories } from '../../tools/cli/lives/histories.js';
import { lives } from '../../tools/cli/lives/index.js';
import { kindsOf } from '../../tools/cli/lives/kinds.js';
import { parseHistory, valueOf, type RecordedHistory } from '../../tools/cli/replay/history.js';

const files = readdirSync(histories, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .map((file) => join(histories, file))
  .sort();
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const recorded = new Map(files.map((file) => [file, parseHistory(texts.get(file)!, basename(file))]));

describe('the catalogue of lives', () => {
  it('names each life once, and says what happens in one sentence', () => {
    expect(new Set(lives.map(({ name }) => name)).size).toBe(lives.length);
    for (const { name, story } of lives) expect([name, story]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
  });

  it('has a history of each life, for the version of the process that new runs get', () => {
    const missing = lives.map(fileOf).filter((file) => !recorded.has(file));
    expect(missing, 'record them with `npm run replay:record`').toEqual([]);
  });

  it('has a life for each history of that version', () => {
    const newest = new Set(lives.map(fileOf));
    const folders = new Map(
      files.map((file) => [
        file,
        folderOf(recorded.get(file)!.workflowType === 'processReturns' ? { run: 'returns' } : {}),
      ]),
    );
    const unknown = files.filter((file) => file.startsWith(`${folders.get(file)}/`) && !newest.has(file));
    expect(unknown, 'a history says what can happen to an order: keep its life').toEqual([]);
  });

  it('has the ends that the histories have', () => {
    for (const { name, run, end, ...life } of lives) {
      const history = recorded.get(fileOf({ name, ...(run && { run }), ...life }))!;
      expect([name, isClosed(history)]).toEqual([name, end.open !== true]);
      if (run !== undefined || end.open) continue;
      const { status, failure } = lastViewOf(history);
      expect([name, status, failure?.code]).toEqual([name, end.status, end.failure]);
    }
  });
});

function isClosed({ events }: RecordedHistory): boolean {
  return /WORKFLOW_EXECUTION_(COMPLETED|FAILED|CONTINUED_AS_NEW)$/.test(events.at(-1)!.eventType);
}

function lastViewOf({ events }: RecordedHistory): OrderView {
  const last = events.at(-1)!;
  const failure = last.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo;
  return valueOf(
    last.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0] ?? failure?.details?.payloads?.[0],
  ) as OrderView;
}

describe('the committed histories', () => {
  it('contain nothing about the machine that recorded them', () => {
    for (const [file, text] of texts) {
      expect([file, /"identity": ?"(?!recorded")/.exec(text), /"stackTrace": ?"[^"]/.exec(text)]).toEqual([
        file,
        null,
        null,
      ]);
    }
  });

  it('stay small', () => {
    const bytes = [...texts.values()].reduce((sum, text) => sum + text.length, 0);
    expect(bytes / 1e6).toBeLessThan(9);
  });
});

describe('the coverage of the lives', () => {
  it('has every step, command, event, deadline, failure code, call and rejection', () => {
    const { missing } = coverageOf(recorded.values());
    const what =
      'No life covers these. Add a life to tools/cli/lives, and record it with `npm run replay:record`. ' +
      'If it cannot be recorded, name it with a reason in tools/cli/lives/exceptions.ts.';
    expect(missing, what).toEqual([]);
  });

  it('has no exception that a life covers, or that nothing wants', () => {
    expect(coverageOf(recorded.values()).needless).toEqual([]);
  });

  it('names what is missing', () => {
    const without = [...recorded.values()].filter((history) => !kindsOf(history).has('command amend taken'));
    expect(coverageOf(without).missing).toContain('command amend taken');
    expect(coverageOf([]).missing).toContain('event payment.failed');
  });
});
