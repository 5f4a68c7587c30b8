import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notificationClient, type NotificationClient } from '../../../services/notification/client.js';
import { notificationService } from '../../../services/notification/service.js';
import { startService } from '../../../services/support/run.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { eventually } from '../support/start.js';
import { MailServer } from './mail-server.js';
import { serviceToken } from '../../support/service-token.js';

let database: TestDatabase;
let mailServer: MailServer;
let running: (() => Promise<void>)[];
beforeEach(async () => {
  database = await createDatabase();
  mailServer = await new MailServer().start();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((stop) => stop()));
  await mailServer.stop();
  await database.drop();
});

async function start({ mails = true, leaseMs }: { mails?: boolean; leaseMs?: number } = {}): Promise<
  NotificationClient & { stop: () => Promise<void> }
> {
  const service = await startService(
    notificationService(
      mails ? { smtpUrl: mailServer.url, from: 'A Shop <orders@shop.example>' } : undefined,
      leaseMs === undefined ? {} : { leaseMs },
    ),
    { databaseUrl: database.url, serviceToken, host: '127.0.0.1', port: 0, logLevel: 'silent' },
  );
  const client = notificationClient({ baseUrl: service.url, token: serviceToken });
  let stopped: Promise<unknown> | undefined;
  const stop = async () => void (await (stopped ??= Promise.all([service.close(), client.close()])));
  running.push(stop);
  return { ...client, stop };
}
type Body = Parameters<NotificationClient['notify']>[0]['body'];
let keys = 0;
const tell = (client: NotificationClient, body: Body, key = `key-${(keys += 1)}`) => client.notify({ key, body });
const confirmed = { orderId: 'o1', event: 'confirmed', email: 'ada@customer.example' } as const;

/** Resolves when there are `count` notifications, and each of them is sent or failed. */
function settled(client: NotificationClient, count: number) {
  return eventually(
    async () => (await client.listNotifications({ query: { limit: 200 } })).items,
    (items) => items.length === count && items.every(({ state }) => state !== 'queued'),
    6_000,
  );
}
async function rows<Row extends object>(query: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: `${database.url}_notification` });
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}

describe('a notification', () => {
  it('is mailed in plain words with its facts, and then its address is deleted', async () => {
    const client = await start();
    await tell(client, {
      orderId: 'o1',
      event: 'shipped',
      subject: 'o1-east',
      email: 'ada@customer.example',
      facts: { trackingNumber: 'SIM123\r\nBcc: eve@evil.example' },
    });
    const [item] = await settled(client, 1);
    expect(item).toMatchObject({
      orderId: 'o1',
      event: 'shipped',
      subject: 'o1-east',
      channel: 'email',
      state: 'sent',
    });
    const [mail] = mailServer.mails;
    expect(mail).toMatchObject({ from: 'orders@shop.example', to: ['ada@customer.example'] });
    const [head = '', ...rest] = (mail?.raw ?? '').split('\r\n\r\n');
    const text = rest.join('\n\n').replaceAll('=\r\n', ''); // Soft line breaks of quoted-printable.
    expect(head).toContain('Subject: Your order is on its way');
    expect(head).toContain(`Message-ID: <${item?.id}@shop.example>`);
    expect(head).not.toMatch(/^bcc:/im);
    expect(text).toContain('Hello,');
    expect(text).toContain('Tracking number: SIM123 Bcc: eve@evil.example');
    expect(await rows('select email, facts from notifications')).toEqual([{ email: null, facts: null }]);
  });

  it('is sent once under any key, also when many calls arrive at the same moment', async () => {
    const client = await start();
    await Promise.all(Array.from({ length: 12 }, (_, n) => tell(client, confirmed, `key-of-${n % 4}`)));
    await tell(client, { ...confirmed, email: 'other@customer.example' });
    expect(await settled(client, 1)).toHaveLength(1);
    expect(mailServer.mails.map(({ to }) => to)).toEqual([['ada@customer.example']]);
  });

  it('is sent for each subject of an event, and for each event of an order', async () => {
    const client = await start();
    for (const subject of ['o1-east', 'o1-west', 'o1-east']) {
      await tell(client, { ...confirmed, event: 'shipped', subject });
    }
    await tell(client, confirmed);
    await tell(client, { ...confirmed, orderId: 'o2' });
    await settled(client, 4);
    expect(mailServer.mails).toHaveLength(4);
    const { items } = await client.listNotifications({ query: { orderId: 'o1' } });
    expect(items.map(({ event, subject }) => [event, subject])).toEqual([
      ['shipped', 'o1-east'],
      ['shipped', 'o1-west'],
      ['confirmed', undefined],
    ]);
  });

  it('goes to the log when there is no mail server, or no address', async () => {
    const silent = await start({ mails: false });
    await tell(silent, confirmed);
    expect(await settled(silent, 1)).toMatchObject([{ channel: 'log', state: 'sent' }]);
    await silent.stop();
    const mailing = await start();
    const { email: _, ...withoutAddress } = { ...confirmed, orderId: 'o2' };
    await tell(mailing, withoutAddress);
    expect(await settled(mailing, 2)).toMatchObject([{ channel: 'log' }, { channel: 'log', state: 'sent' }]);
    expect(mailServer.mails).toEqual([]);
  });
});

describe('the outbox', () => {
  it('waits for a mail server that is down', async () => {
    const client = await start();
    await mailServer.stop();
    await tell(client, confirmed);
    await eventually(
      () => rows<{ attempts: number }>('select attempts, state, last_failure from notifications'),
      ([row]) => row !== undefined && row.attempts >= 2,
      6_000,
    );
    expect((await client.listNotifications({ query: {} })).items).toMatchObject([
      { state: 'queued', channel: 'email' },
    ]);
    await mailServer.start();
    expect(await settled(client, 1)).toMatchObject([{ state: 'sent', channel: 'email' }]);
    expect(mailServer.mails).toHaveLength(1);
  });

  it.each([
    ['for now (451)', 451, 'sent', 2],
    ['for good (550)', 550, 'failed', 1],
  ] as const)('handles a recipient that the mail server rejects %s', async (_case, code, state, attempts) => {
    let tries = 0;
    mailServer.refuse = () => ((tries += 1) === 1 ? code : undefined);
    const client = await start();
    await tell(client, confirmed);
    expect(await settled(client, 1)).toMatchObject([{ state }]);
    expect(mailServer.mails).toHaveLength(state === 'sent' ? 1 : 0);
    const [row] = await rows<{ attempts: number; last_failure: string; email: null }>(
      'select attempts, last_failure, email from notifications',
    );
    expect(row).toEqual({ attempts, last_failure: `EENVELOPE ${code}`, email: null });
  });

  it('sends a mail once, even if the mail server takes longer than the lease', async () => {
    mailServer.takesMs = 2_000;
    const [client] = await Promise.all([start({ leaseMs: 750 }), start({ leaseMs: 750 })]);
    await tell(client, confirmed);
    await settled(client, 1);
    expect(mailServer.mails.map(({ to }) => to)).toEqual([['ada@customer.example']]);
    expect(await rows('select attempts from notifications')).toEqual([{ attempts: 1 }]);
  });

  it('sends the mail of a killed program after its lease has ended', async () => {
    const client = await start({ leaseMs: 300 });
    await rows(`insert into notifications (order_id, event, email, channel, attempts, due_at)
      values ('o1', 'confirmed', 'ada@customer.example', 'email', 1, now() + interval '300 ms')`);
    await settled(client, 1);
    expect(mailServer.mails).toHaveLength(1);
    expect(await rows('select attempts from notifications')).toEqual([{ attempts: 2 }]);
  });

  it('is emptied after a restart by several programs, and each mail is sent once', async () => {
    const first = await start();
    await mailServer.stop();
    for (let n = 0; n < 20; n += 1) await tell(first, { ...confirmed, orderId: `o${n}` });
    await first.stop();
    await mailServer.start();
    const [second] = await Promise.all([start(), start()]);
    await settled(second, 20);
    const ids = mailServer.mails.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)?.[1]);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });
});

it('rejects invalid input, and lists notifications in pages', async () => {
  const client = await start({ mails: false });
  const bad = { ...confirmed, email: 'not an address' };
  await expect(tell(client, bad)).rejects.toMatchObject({ status: 422 });
  await expect(tell(client, { ...confirmed, event: 'birthday' } as never)).rejects.toMatchObject({ status: 422 });
  for (const orderId of ['o1', 'o2', 'o3']) await tell(client, { ...confirmed, orderId });
  const page = await client.listNotifications({ query: { limit: 2 } });
  expect(page.items.map(({ orderId }) => orderId)).toEqual(['o1', 'o2']);
  const rest = await client.listNotifications({ query: { cursor: page.nextCursor as string } });
  expect(rest).toMatchObject({ items: [{ orderId: 'o3' }], nextCursor: null });
});
