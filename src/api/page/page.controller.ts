import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../auth/principal.js';
import { Page } from './page.js';

const year = 'public, max-age=31536000, immutable';

/** The paths of the page. It shows "not found" at any other path that a person opens, with status 404. */
const ofPage = ['', 'orders', 'orders/:id', 'trouble', 'bulk/:id', 'processes', 'processes/:name', 'overview', 'place'];

/**
 * The operator's page: a single page that uses the public routes alone. It needs no key; what it shows does.
 */
@Controller()
@Open()
@ApiExcludeController()
export class PageController {
  constructor(@Inject(Page) private readonly page: Page) {}

  @Get(ofPage)
  index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.page.sendIndex(request, reply);
  }

  @Get('assets/:file')
  asset(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // The name holds a hash of the content.
    return this.page.sendFile(`assets/${name}`, year, request, reply);
  }

  @Get('favicon.svg')
  icon(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.page.sendFile('favicon.svg', 'public, max-age=3600', request, reply);
  }

  @Get('*')
  anythingElse(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.page.sendNotFound(request, reply);
  }
}
