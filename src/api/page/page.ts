import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/problem.js';
import { builtPage, type PageFile } from './built-page.js';

/** Allows the page its own scripts, styles and images, and calls to this API. Nothing inline, and nothing from other hosts. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Paths that belong to the API. Nothing below them is a path of the page. */
const ofApi = /^\/(v1|docs|health|metrics|openapi\.json)(\/|$)/;

/** Sends the files of the built page. */
export class Page {
  private readonly files = builtPage();

  /** @throws {ApiProblem} not_found when the page is not built. */
  async sendIndex(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const file = this.files.get('index.html');
    if (!file) throw new ApiProblem('not_found', "The operator's page is not built: run `npm run build`");
    void reply.header('content-security-policy', policy);
    await send(file, 'no-cache', request, reply);
  }

  /** @throws {ApiProblem} not_found when the page has no such file. */
  async sendFile(name: string, cache: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const file = this.files.get(name);
    if (!file) throw nothingHere();
    await send(file, cache, request, reply);
  }

  /**
   * For a path that leads nowhere. A person gets the page, which says so, with status 404.
   *
   * @throws {ApiProblem} not_found for a program, which can read the problem.
   */
  async sendNotFound(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const isOpened = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '');
    if (!isOpened || ofApi.test(request.url.split('?')[0]!) || this.files.size === 0) throw nothingHere();
    void reply.code(404);
    await this.sendIndex(request, reply);
  }
}

function nothingHere(): ApiProblem {
  return new ApiProblem('not_found', 'There is nothing at this path');
}

async function send(file: PageFile, cache: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  void reply.headers({ 'cache-control': cache, etag: file.tag, vary: 'Accept-Encoding' }).type(file.type);
  if (request.headers['if-none-match'] === file.tag && reply.statusCode === 200) {
    await reply.code(304).send();
    return;
  }
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (file.compressed && takesGzip) void reply.header('content-encoding', 'gzip');
  await reply.send(file.compressed && takesGzip ? await file.compressed : file.plain);
}
