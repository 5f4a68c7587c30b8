import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Watchers } from '../support/watchers.js';

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** The answer of a {@link RecordedService}. With `never` it accepts the request and does not answer. */
export type Answer = Given | 'never';
interface Given {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** A service that gives a set answer and records its requests. */
export class RecordedService {
  answer: Answer = { body: {} };
  readonly requests: RecordedRequest[] = [];
  /** The number of requests whose caller hung up before the answer. */
  hungUp = 0;
  #held: ServerResponse[] = [];
  readonly #server: Server;
  readonly #watchers = new Watchers(() => this.requests);

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      response.once('close', () => {
        if (!response.writableEnded) this.hungUp += 1;
        this.#watchers.changed();
      });
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const text = Buffer.concat(parts).toString();
        this.requests.push({
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          body: text === '' ? undefined : JSON.parse(text),
        });
        this.#watchers.changed();
        if (this.answer === 'never') this.#held.push(response);
        else give(response, this.answer);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets the recorded requests and sets the answer. */
  reset(answer: Answer): void {
    this.answer = answer;
    this.requests.length = 0;
    this.hungUp = 0;
  }

  /** Answers the requests that `never` has kept waiting. */
  answerHeld(answer: Given): void {
    for (const response of this.#held.splice(0)) give(response, answer);
  }

  /** @throws {Error} with the recorded requests when the test does not pass within 2 s. */
  async until(test: () => boolean): Promise<void> {
    await this.#watchers.until(test, 2_000);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function give(response: ServerResponse, { status = 200, headers = {}, body }: Given): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
