import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CannotRun, exit, type ExitStatus } from '../tools/cli/command.js';
import { thisCheckout } from './checkout.js';
import { compare, type Comparison } from './comparison.js';
import { countAll } from './counts.js';
import type { Measurement } from './measurement.js';
import type { Kind, Options } from './options.js';
import { say } from './progress.js';
import { describeMachine, thisMachine } from './report/machine.js';
import { withMeasured } from './report/page.js';
import { plotOf } from './report/plot.js';
import { textOf, type Table } from './report/table.js';
import { measureCommands } from './scenarios/commands.js';
import { measureFairness } from './scenarios/fairness.js';
import { measureGrowth } from './scenarios/growth.js';
import { measureHanging } from './scenarios/hanging.js';
import { measureHangingPayment } from './scenarios/hanging-payment.js';
import { measureOverload } from './scenarios/overload.js';
import { measureWaiting } from './scenarios/waiting.js';
import { Session } from './session.js';
import { measureStarts } from './starts.js';

const compared: readonly Kind[] = ['system', 'two-parcels', 'saga', 'empty'];

/** By their names in the report. */
const measurements: Record<string, { kinds: readonly Kind[]; measure: Measurement }> = {
  comparison: { kinds: compared, measure: compare },
  starts: { kinds: ['starts'], measure: measureStarts },
  counts: { kinds: ['counts'], measure: countAll },
  fairness: { kinds: ['fairness'], measure: measureFairness },
  hanging: { kinds: ['hanging'], measure: measureHanging },
  'hanging-payment': { kinds: ['hanging-payment'], measure: measureHangingPayment },
  overload: { kinds: ['overload'], measure: measureOverload },
  commands: { kinds: ['commands'], measure: measureCommands },
  growth: { kinds: ['growth'], measure: measureGrowth },
  waiting: { kinds: ['waiting'], measure: measureWaiting },
};

/** Measures what the options name, one measurement after the other, each on systems of its own. */
export async function runBench(options: Options): Promise<ExitStatus> {
  if (options.json !== undefined) await requireFolderOf(options.json);
  const session = await Session.create(options.against);
  const stop = (): void => {
    say('stopping');
    void session.end().finally(() => process.exit(130));
  };
  for (const signal of signals) process.once(signal, stop);
  const report: Record<string, unknown> = { machine: thisMachine() };
  try {
    for (const [name, { kinds, measure }] of Object.entries(measurements)) {
      if (!kinds.some((kind) => options.only.includes(kind))) continue;
      const { figures, tables } = await measure(session, options);
      await session.stopAll();
      report[name] = figures;
      for (const table of tables) process.stdout.write(textOf(table));
      // After each measurement, so that nothing is lost if a later one fails.
      if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
      if (options.write) await writePage(name, tables, name === 'comparison' ? (figures as Comparison) : undefined);
    }
  } finally {
    await session.end();
    for (const signal of signals) process.off(signal, stop);
  }
  return exit.right;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const docs = join(thisCheckout, 'docs');
const plot = 'images/performance.svg';

async function writePage(name: string, tables: readonly Table[], compared?: Comparison): Promise<void> {
  const file = join(docs, 'performance.md');
  const image = `![Orders a second, and the times to completed, by orders in flight](${plot})`;
  if (compared) await writeFile(join(docs, plot), await plotOf(compared));
  const measured = { tables, ...(compared && { image }) };
  await writeFile(file, withMeasured(await readFile(file, 'utf8'), name, describeMachine(thisMachine()), measured));
}

/** Checks before an hour of work that its figures can be written. */
async function requireFolderOf(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch {
    throw new CannotRun(`--json ${file}: the folder ${dirname(file)} does not exist or cannot be written to`);
  }
}
