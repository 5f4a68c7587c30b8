import { findTemporalCli } from '../../tools/local/temporal-cli.js';
import { prepareTemporalServer } from '../../tools/local/temporal-server.js';
import { freePort } from '../../tools/local/ports.js';
import type { Checkout } from '../checkout.js';
import { shops } from '../checkout.js';
import type { Measurement } from '../measurement.js';
import { figure, type Table } from '../report/table.js';
import { say } from '../progress.js';
import type { Session } from '../session.js';
import { quantile } from '../statistics.js';
import { orderOf, Shop } from '../variants/shop.js';

const answers = ['payment, accepted', 'payment, refused', 'cancel, accepted', 'cancel, refused'] as const;
type Answer = (typeof answers)[number];

interface Commands {
  checkout: string;
  /** How long each answer took, in milliseconds. */
  ms: Record<Answer, number[]>;
}

/** How long a command takes on a Temporal server with default settings, as an operator's cluster has them. */
export const measureCommands: Measurement<Commands[]> = async (session, options) => {
  const settings = async () => ({ TEMPORAL_ADDRESS: await startDefaultServer(session) });
  const figures: Commands[] = [];
  for (const checkout of await session.startCheckouts(settings)) {
    figures.push(await command(checkout, Math.ceil(options.orders / 4)));
  }
  return { figures, tables: [tableOf(figures)] };
};

/** The local server without the settings by which it differs from the defaults. */
async function startDefaultServer(session: Session): Promise<string> {
  const port = await freePort();
  const program = await prepareTemporalServer({
    cli: await findTemporalCli(),
    port,
    databaseFile: `${session.folder()}.db`,
  });
  const args = program.args.filter((arg, i) => ![arg, program.args[i - 1]].includes('--dynamic-config-value'));
  await session.launch('Temporal server', { ...program, args });
  return `127.0.0.1:${port}`;
}

async function command(checkout: Checkout, orders: number): Promise<Commands> {
  const shop = await Shop.open(checkout, shops.first);
  const ms: Commands['ms'] = Object.fromEntries(answers.map((answer) => [answer, [] as number[]])) as Commands['ms'];
  const payment = { method: 'card', token: 'tok_ok' };
  try {
    say(`${checkout.name}: ${orders} orders, each with four commands`);
    for (let order = -5; order < orders; order += 1) {
      const { view } = await shop.place({ ...orderOf(1), payment: { method: 'later' } });
      await shop.until(view.id, 'awaiting_payment', ({ status }) => status === 'awaiting_payment');
      const accepted = await shop.command(view.id, 'payment', payment, 200);
      await shop.until(view.id, 'booked', ({ shipments: [parcel] }) => parcel?.status === 'booked');
      const took = {
        'payment, accepted': accepted,
        'payment, refused': await shop.command(view.id, 'payment', payment, 409),
        'cancel, accepted': await shop.command(view.id, 'cancel', {}, 200),
        'cancel, refused': await shop.command(view.id, 'cancel', {}, 409),
      };
      // The first orders only warm the system.
      if (order >= 0) for (const answer of answers) ms[answer].push(took[answer]);
      shop.forget(view.id);
    }
    return { checkout: checkout.name, ms };
  } finally {
    await shop.close();
  }
}

function tableOf(figures: Commands[]): Table {
  return {
    title: 'Commands on a Temporal server with default settings',
    note: 'Milliseconds until the answer, one order after the other. Each order is to be paid later, is paid, and is cancelled.',
    columns: ['checkout', 'command', 'times', 'p50', 'p95'],
    rows: figures.flatMap(({ checkout, ms }) =>
      answers.map((answer) => [
        checkout,
        answer,
        String(ms[answer].length),
        figure(quantile(ms[answer], 0.5)),
        figure(quantile(ms[answer], 0.95)),
      ]),
    ),
  };
}
