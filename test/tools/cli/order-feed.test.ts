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
