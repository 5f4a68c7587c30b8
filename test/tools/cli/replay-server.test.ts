import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import {
  connect,
  createSecureServer,
  createServer,
  type ClientHttp2Session,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { WorkflowBundle } from '@temporalio/worker';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataConverter } from '../../../src/temporal/payload-codecs.js';
import { replayAll, type ReplayOptions } from '../../../tools/cli/replay/all.js';
import { replayBundle } from '../../../tools/cli/replay/bundle.js';
import { changedBundle } from '../../../tools/cli/replay/changed-bundle.js';
import type { ServerOptions } from '../../../tools/cli/replay/target.js';
import { ensureBuilt } from '../../../tools/local/build.mjs';
import { freePort } from '../../../tools/local/ports.js';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { anOrder } from '../../api/support/orders.js';
import { startSystem, type ApiSystem } from '../../api/support/system.js';
import { startWorker } from '../../api/support/worker.js';
import { makeCertificate } from '../../support/certificate.js';
import { until } from '../../support/until.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const { Payload } = temporal.api.common.v1;
const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);
/** Not a cipher, but nothing can be read without it. */
const codec: PayloadCodec = {
  encode: (payloads) =>
    Promise.resolve(
      payloads.map((each) => ({
        metadata: { encoding: Buffer.from('binary/flipped') },
        data: flipped(Payload.encode(each).finish()),
      })),
    ),
  decode: (payloads) =>
    Promise.resolve(
      payloads.map((each) =>
        Buffer.from(each.metadata?.encoding ?? []).toString() === 'binary/flipped'
          ? Payload.decode(flipped(each.data!))
          : each,
      ),
    ),
};

let system: ApiSystem;
let bundle: WorkflowBundle;
let dir: string;
/** The workflow ids, oldest first. The last run was written with the codec. */
let unpaid: string, confirmed: string, cancelled: string, secret: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orderflow-replay-server-'));
  system = await startSystem();
  bundle = await replayBundle();
  const worker = await startWorker(system);
  const place = async (changes: Parameters<typeof anOrder>[0], status: string) => {
    const { id } = (await system.as('shop').place(anOrder(changes), randomUUID())).body;
    await reaches(id, status);
    return id;
  };
  const later = { payment: { method: 'later' } } as const;
  unpaid = orderWorkflowId(await place(later, 'awaiting_payment'));
  confirmed = orderWorkflowId(await place({ carrier: 'external' }, 'confirmed'));
  const id = await place(later, 'awaiting_payment');
  await system.as('shop').post(`/v1/orders/${id}/cancel`, {});
  await reaches(id, 'cancelled');
  cancelled = orderWorkflowId(id);
  await system.temporal.client.workflow
    .getHandle(cancelled)
    .result()
    .catch(() => undefined);
  dataConverter.payloadCodecs!.push(codec);
  secret = orderWorkflowId(await place(later, 'awaiting_payment'));
  await worker.stop();
  const { client } = system.temporal;
  await until(async () => (await client.workflow.count('CloseTime IS NULL')).count === 3);
  await until(async () => (await client.workflow.count('CloseTime IS NOT NULL')).count === 1);
});
afterAll(async () => {
  dataConverter.payloadCodecs!.length = 0;
  await system?.close();
  await rm(dir, { recursive: true });
});

const reaches = (id: string, status: string) =>
  until(async () => (await system.as('shop').get(`/v1/orders/${id}`)).body.status === status);

async function replayed(about: Partial<ServerOptions> = {}, options: Partial<ReplayOptions> = {}) {
  let printed = '';
  const status = await replayAll({
    server: { address: system.temporal.address, env: {}, ...about },
    bundle,
    print: (text) => void (printed += text),
    ...options,
  });
  const lines = printed.split('\n').filter((line) => line && !/^\d+ histories in /.test(line));
  return { status, lines };
}
/** Hands a call of gRPC to the server behind, and its answer back. */
function passOn(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, behind: ClientHttp2Session): void {
  stream.on('error', () => undefined);
  const call = behind.request(headers);
  let last: IncomingHttpHeaders = {};
  call.on('error', () => stream.destroy());
  call.on('trailers', (trailers: IncomingHttpHeaders) => void (last = trailers));
  call.on('response', (answer) => stream.respond(answer, { waitForTrailers: true }));
  stream.on('wantTrailers', () => stream.sendTrailers(last));
  stream.pipe(call).pipe(stream);
}

const namesOf = (lines: string[]) =>
  lines.flatMap((line) => /^(?:ok|differs|error|skipped) +(\S+): /.exec(line)?.[1] ?? []);

describe('the runs on a server', () => {
  it('are replayed, the open ones first and the newest first', async () => {
    const { status, lines } = await replayed();
    expect(namesOf(lines)).toEqual([secret, confirmed, unpaid, cancelled]);
    expect(lines.slice(-3)).toEqual([
      '4 of 4 histories replay as they were recorded',
      '0 of 3 open runs would break with this code',
      '0 of 1 closed runs differ',
    ]);
    expect(status).toBe(0);
  });

  it('are those of the configured server, if --address has no value', async () => {
    const env = { TEMPORAL_ADDRESS: system.temporal.address };
    const { status, lines } = await replayed({ address: true, env, limit: 1 });
    expect([status, namesOf(lines)]).toEqual([0, [secret]]);
  });

  it('that would break are told by step, with their ids', async () => {
    const changed = await changedBundle(root, [
      {
        file: 'workflows/order/process.ts',
        from: 'await holdFor(paymentMs, order, call);',
        to: '',
      },
    ]);
    const json = join(dir, 'results.json');
    const { status, lines } = await replayed({}, { bundle: changed, json });
    expect(status).toBe(1);
    expect(lines.slice(-5)).toEqual([
      '1 of 4 histories replay as they were recorded',
      '2 of 3 open runs would break with this code',
      expect.stringMatching(`^ +at authorizePayment \\(\\w+\\): ${secret}, ${unpaid}$`),
      '1 of 1 closed runs differ',
      expect.stringMatching(`^ +at authorizePayment \\(\\w+\\): ${cancelled}$`),
    ]);
    const results = JSON.parse(await readFile(json, 'utf8')) as Record<string, unknown>;
    expect(results).toMatchObject({
      histories: 4,
      right: 1,
      wrong: 3,
      open: {
        right: 1,
        wrong: 2,
        broken: [{ step: 'authorizePayment', kind: expect.any(String) as string, workflowIds: [secret, unpaid] }],
      },
      closed: { wrong: 1, broken: [{ step: 'authorizePayment', workflowIds: [cancelled] }] },
      results: [
        { workflowId: secret, open: true, ok: false, runId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
        { workflowId: confirmed, open: true, ok: true },
        { workflowId: unpaid, open: true, ok: false },
        { workflowId: cancelled, open: false, ok: false },
      ],
    });
  });

  it('are limited by --limit, and chosen by --query', async () => {
    const newest = await replayed({ limit: 2 });
    expect([newest.status, namesOf(newest.lines)]).toEqual([0, [secret, confirmed]]);
    expect(newest.lines.slice(-2)).toEqual([
      '0 of 2 open runs would break with this code',
      '0 of 0 closed runs differ',
    ]);
    const chosen = await replayed({ query: `WorkflowId = '${cancelled}' OR WorkflowId = '${unpaid}'`, limit: 9 });
    expect(namesOf(chosen.lines)).toEqual([unpaid, cancelled]);
  });

  it('that no codec decodes are told by their event; the code is not blamed, and the others go on', async () => {
    dataConverter.payloadCodecs!.pop();
    try {
      const { status, lines } = await replayed();
      expect(status).toBe(2);
      expect(lines[0]).toBe(
        `error   ${secret}: a payload of event 1, WorkflowExecutionStarted, cannot be read: its encoding is "binary/flipped"; ` +
          'is a codec missing in src/temporal/payload-codecs.ts?',
      );
      expect(lines.slice(-3)).toEqual([
        '3 of 4 histories replay as they were recorded, 1 could not be read or replayed',
        '0 of 3 open runs would break with this code, 1 not read or replayed',
        '0 of 1 closed runs differ',
      ]);
    } finally {
      dataConverter.payloadCodecs!.push(codec);
    }
  });
}, 120_000);

describe('on a terminal', () => {
  const terminals = [process.stdout, process.stderr];
  afterEach(() => {
    vi.restoreAllMocks();
    for (const each of terminals) for (const name of ['isTTY', 'columns']) Reflect.deleteProperty(each, name);
  });

  it('a bar shows the progress, and only the runs that are not ok have a line', async () => {
    let drawn = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      drawn += String(text);
      return true;
    });
    for (const each of terminals) {
      Object.defineProperty(each, 'isTTY', { value: true, configurable: true });
      Object.defineProperty(each, 'columns', { value: 120, configurable: true });
    }
    dataConverter.payloadCodecs!.pop();
    try {
      const { lines } = await replayed();
      expect(namesOf(lines)).toEqual([secret]);
    } finally {
      dataConverter.payloadCodecs!.push(codec);
    }
    // The line is removed before another one is written.
    expect(drawn).toMatch(/^\r\u001b\[K░{40} 0\/4 runs, /);
    expect(drawn).toContain('\r\u001b[K\r\u001b[K');
    expect(drawn).toMatch(/\r\u001b\[K█{40} 4\/4 runs, [\d.]+\/s, 0 s left\n$/);
  });
});

describe('a server', () => {
  it('without a run that matches, or with a wrong query, is told', async () => {
    const { address } = system.temporal;
    await expect(replayed({ query: "WorkflowId = 'order:none'" })).rejects.toThrow(
      `no run in the namespace default at ${address} matches: WorkflowId = 'order:none'`,
    );
    await expect(replayed({ query: 'Colour = "red"' })).rejects.toThrow(
      new RegExp(`^${address} does not accept the query: .*Colour.*; see https://docs.temporal.io/list-filter$`),
    );
  });

  it('without the namespace is told', async () => {
    const { address } = system.temporal;
    await expect(replayed({ namespace: 'elsewhere' })).rejects.toThrow(
      new RegExp(`^${address}: .*elsewhere.*; is elsewhere the right --namespace\\?$`),
    );
  });

  it('that does not answer is told within seconds', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const before = Date.now();
    await expect(replayed({ address })).rejects.toThrow(
      new RegExp(
        `^Temporal does not answer at ${address}: .*; is the address right, and does it need TLS \\(TEMPORAL_TLS=true\\)\\?$`,
      ),
    );
    expect(Date.now() - before).toBeLessThan(20_000);
  });

  it('gets the API key, and its refusal says what to set', async () => {
    const asked: (string | undefined)[] = [];
    const sessions: Http2Session[] = [];
    const refusing = createServer();
    refusing.on('session', (session) => sessions.push(session));
    refusing.on('stream', (stream, headers) => {
      asked.push(headers.authorization);
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '7',
          'grpc-message': 'Request unauthorized.',
        },
        { endStream: true },
      );
    });
    await new Promise<void>((listening) => refusing.listen(0, '127.0.0.1', listening));
    const address = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    try {
      const env = { TEMPORAL_API_KEY: 'a-key', TEMPORAL_TLS: 'false' };
      await expect(replayed({ address, env, namespace: 'shop' })).rejects.toThrow(
        `${address} refuses the namespace shop: Request unauthorized.; set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and`,
      );
      expect(asked).toContain('Bearer a-key');
    } finally {
      for (const session of sessions) session.destroy();
      await new Promise((closed) => refusing.close(closed));
    }
  });

  it('that stops answering is told once, with the number of runs that were not read', async () => {
    const sessions: Http2Session[] = [];
    const upstream = connect(`http://${system.temporal.address}`);
    // Passes everything on until a history is asked for. Then it is gone.
    const front = createServer();
    front.on('session', (session) => sessions.push(session));
    front.on('stream', (stream, headers) => {
      if (!headers[':path']?.endsWith('/GetWorkflowExecutionHistory')) return passOn(stream, headers, upstream);
      stream.on('error', () => undefined);
      front.close();
      for (const session of sessions) session.destroy();
    });
    await new Promise<void>((listening) => front.listen(0, '127.0.0.1', listening));
    const address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    try {
      const { status, lines } = await replayed({ address });
      // The next page of the list may be asked for at the same time.
      expect(lines.filter((line) => line.startsWith('error'))).toEqual([
        expect.stringMatching(`^error +(order:ord_\\w+|the list of runs): Temporal does not answer at ${address}: `),
      ]);
      expect(lines).toContain('0 of 1 histories replay as they were recorded, 1 could not be read or replayed');
      expect(lines.at(-1)).toBe('3 more runs were not read');
      expect(status).toBe(2);
    } finally {
      upstream.destroy();
    }
  });

  it('with TLS is reached with its authority, a client certificate and the API key', async () => {
    const [server, client] = [makeCertificate('the server'), makeCertificate('the client')];
    const sessions: Http2Session[] = [];
    const upstream = connect(`http://${system.temporal.address}`);
    const front = createSecureServer({ ...server, ca: client.cert, requestCert: true });
    front.on('session', (session) => sessions.push(session));
    front.on('stream', (stream, headers) => {
      if (headers.authorization === 'Bearer a-key') return passOn(stream, headers, upstream);
      const refusal = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' };
      stream.respond({ ...refusal, 'grpc-message': 'Invalid API key.' }, { endStream: true });
    });
    await new Promise<void>((listening) => front.listen(0, '127.0.0.1', listening));
    const address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    const files = { server: server.cert, cert: client.cert, key: client.key };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 });
    const env = {
      TEMPORAL_API_KEY: 'a-key',
      TEMPORAL_TLS_SERVER_NAME: 'localhost',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(dir, 'server'),
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(dir, 'cert'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: join(dir, 'key'),
    };
    try {
      const { status, lines } = await replayed({ address, env });
      expect([status, namesOf(lines)]).toEqual([0, [secret, confirmed, unpaid, cancelled]]);
      await expect(replayed({ address, env: { ...env, TEMPORAL_API_KEY: 'another' } })).rejects.toThrow(
        `${address} refuses the namespace default: Invalid API key.; set TEMPORAL_API_KEY`,
      );
      const unreachable = `Temporal does not answer at ${address}: `;
      // Another authority, no client certificate, and no TLS.
      const { TEMPORAL_TLS_SERVER_CA_CERT_PATH: _authority, ...untrusting } = env;
      const { TEMPORAL_TLS_CLIENT_CERT_PATH: _cert, TEMPORAL_TLS_CLIENT_KEY_PATH: _key, ...unknown } = env;
      const wrong = [untrusting, unknown, { TEMPORAL_TLS: 'false' }];
      await Promise.all(wrong.map((each) => expect(replayed({ address, env: each })).rejects.toThrow(unreachable)));
    } finally {
      upstream.destroy();
      for (const session of sessions) session.destroy();
      await new Promise((closed) => front.close(closed));
    }
  });

  it('with an address that is none is told', async () => {
    await expect(replayed({ address: 'not an address' })).rejects.toThrow(
      '--address is "not an address"; allowed: host:port',
    );
    await expect(replayed({}, { named: ['some.json'] })).rejects.toThrow('name files, or a server with --address');
  });
}, 60_000);

describe('the program', () => {
  const program = (...args: string[]) =>
    execa(process.execPath, [join(root, 'dist/tools/cli/replay.js'), ...args], {
      cwd: root,
      reject: false,
      timeout: 100_000,
    });
  beforeAll(() => ensureBuilt());

  it('replays by --address, with plain lines and the progress on standard error', async () => {
    const { address } = system.temporal;
    const { stdout, stderr, exitCode } = await program('--address', address, '--query', `WorkflowId = '${unpaid}'`);
    expect(stdout).toMatch(new RegExp(`^ok {6}${unpaid}: processOrder, \\d+ events\n1 of 1 histories replay`));
    expect(stderr).toMatch(/^0\/1 runs, .*\n1\/1 runs, /);
    expect(exitCode).toBe(0);
  });

  it.each([
    [['--limit', '3'], '--limit needs --address'],
    [['--address', 'x:1', '--limit', 'many'], '--limit is "many"; allowed: a whole number, 1 or more'],
  ])('refuses %j with status 2', async (args, reason) => {
    const { stderr, exitCode } = await program(...args);
    expect([stderr, exitCode]).toEqual([`replay: ${reason}`, 2]);
  });
}, 120_000);
