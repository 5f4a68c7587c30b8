import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { OrderView } from '../../../contracts/order.js';
import { httpTo } from '../../../tools/cli/http.js';
import { OrderFeed } from '../../../tools/cli/order-feed.js';

it('takes views from the stream, also those that arrive together with its beginning', async () => {
  const event = (revision: number, status: string, name: string) =>
    `id: ${revision}\nevent: order\ndata: ${JSON.stringify({ id: 'ord_1', revision, status, name })}\n\n`;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const last = Buffer.from(event(2, 'confirmed', 'é'));
    // A letter of two bytes comes in two pieces.
    const middle = last.indexOf(0xc3) + 1;
    response.write(event(1, 'placed', 'Ada'));
    response.write(last.subarray(0, middle));
    setTimeout(() => response.write(last.subarray(middle)), 50);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const system = { url: () => url, serviceToken: () => '' };
  const feed = await OrderFeed.open(system, httpTo(system, 1000), 'key', 5000);
  try {
    feed.watch('ord_1');
    const view = await feed.until('ord_1', ({ status }) => status === 'confirmed');
    expect((view as OrderView & { name: string }).name).toBe('é');
    expect(requests).toEqual(['/v1/events']);
  } finally {
    await feed.close();
    server.closeAllConnections();
    server.close();
  }
});

it('takes the answer to a command unless the known view is newer by its number and its time', async () => {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const system = { url: () => url, serviceToken: () => '' };
  const feed = await OrderFeed.open(system, httpTo(system, 1000), 'key', 5000);
  const view = (revision: number, updatedAt: string, status: string) =>
    ({ id: 'ord_1', revision, updatedAt, status }) as unknown as OrderView;
  const known = async () => (await feed.until('ord_1', () => true)).status as string;
  try {
    feed.watch('ord_1');
    feed.note(view(5, '2026-01-05T09:00:05Z', 'known'));
    // From a run that closed before the book has the return.
    feed.noteAnswer(view(5, '2026-01-05T09:00:05Z', 'the same number and time'));
    expect(await known()).toBe('the same number and time');
    feed.noteAnswer(view(4, '2026-01-05T09:00:06Z', 'an older number'));
    expect(await known()).toBe('an older number');
    feed.note(view(4, '2026-01-05T09:00:06Z', 'a read of the same'));
    feed.noteAnswer(view(3, '2026-01-05T09:00:05Z', 'older'));
    expect(await known()).toBe('an older number');
  } finally {
    await feed.close();
    server.closeAllConnections();
    server.close();
  }
});
