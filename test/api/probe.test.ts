import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { probe } from '../../src/api/health/probe.js';

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('a program that answers is there', async () => {
  const server = createHttpServer((_, reply) => reply.writeHead(503).end());
  expect(await probe(await listening(server), 20_000)).toBe('answers');
  server.close();
});

it('a program that is connected to and says nothing is not there, like a frozen one', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  expect(await probe(await listening(server), 2_000)).toBe('absent');
  for (const socket of sockets) socket.destroy();
  server.close();
});

it('a program that has ended is not there', async () => {
  const server = createServer();
  const url = await listening(server);
  server.close();
  await once(server, 'close');
  expect(await probe(url, 20_000)).toBe('absent');
});

it('nothing can be said about a machine whose name is unknown', async () => {
  expect(await probe('http://worker.invalid:1', 20_000)).toBe('unreachable');
});
