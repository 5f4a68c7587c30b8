import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../auth/principal.js';
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

const year = 'public, max-age=31536000, immutable';

/** Paths that belong to the API. Nothing below them is a path of the page. */
const ofApi = /^\/(v1|docs|health|metrics|openapi\.json)(\/|$)/;

/** The paths of the page. It shows "not found" at any other path that a person opens, with status 404. */
const ofPage = ['', 'orders', 'orders/:id', 'trouble', 'bulk/:id', 'processes', 'processes/:name', 'overview', 'place'];

/**
 * The operator's page: a single page that uses the public routes alone. It needs no key; what it shows does.
 */
@Controller()
@Open()
@ApiExcludeController()
export class PageController {
  private readonly files = builtPage();

  @Get(ofPage)
  index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.sendIndex(request, reply);
  }

  @Get('assets/:file')
  async asset(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const file = this.files.get(`assets/${name}`);
    if (!file) throw nothingHere();
    // The name holds a hash of the content.
    await send(file, year, request, reply);
  }

  @Get('favicon.svg')
  async icon(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const file = this.files.get('favicon.svg');
    if (!file) throw nothingHere();
    await send(file, 'public, max-age=3600', request, reply);
  }

  /** A link with a typing error shows the page, which says so. Programs get the problem that they can read. */
  @Get('*')
  async anythingElse(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const isOpened = /\btext\/html\b/.test(request.headers.accept ?? '');
    if (!isOpened || ofApi.test(request.url.split('?')[0]!) || this.files.size === 0) throw nothingHere();
    void reply.code(404);
    await this.sendIndex(request, reply);
  }

  private async sendIndex(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const file = this.files.get('index.html');
    if (!file) throw new ApiProblem('not_found', "The operator's page is not built: run `npm run build`");
    void reply.header('content-security-policy', policy);
    await send(file, 'no-cache', request, reply);
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
