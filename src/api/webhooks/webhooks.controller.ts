import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { eventTypes } from '../../../contracts/event-types.js';
import { webhookBody } from '../../../contracts/events.schema.js';
import type { Config } from '../../config/index.js';
import { Open } from '../auth/principal.js';
import { Documented } from '../docs/documented.js';
import { exampleWebhook } from '../docs/examples.js';
import { CONFIG } from '../platform.js';
import { ApiProblem } from '../problems/problem.js';
import { ValidationPipe } from '../problems/validation.pipe.js';
import { verifiedId } from './signature.js';
import { Webhooks } from './webhooks.js';

const signed = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
  name,
  description: 'Standard Webhooks',
  required: true,
}));

const signature =
  'Signed by Standard Webhooks: webhook-signature is `v1,` and the base64 of HMAC-SHA256(secret, id.timestamp.body). `applied`: handed to a run; false for a repetition, and for what is there already.';

/** A sender speaks of its own business alone: the carrier cannot say that an order was paid. */
const routes = {
  payment: eventTypes.filter((type) => type.startsWith('payment.')),
  carrier: eventTypes.filter((type) => !type.startsWith('payment.')),
};

@Controller('v1/webhooks')
@Open()
export class WebhooksController {
  private readonly secrets: Config['webhookSecrets'];
  private readonly validation = new ValidationPipe();

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Webhooks) private readonly webhooks: Webhooks,
  ) {
    this.secrets = config.webhookSecrets;
  }

  @Post('payment')
  @Documented({
    summary: 'News of the payment provider',
    description: `${signature} Takes ${routes.payment.join(' and ')}. Money that the order cannot use is given back, and shows among the attempts.`,
    open: true,
    headers: signed,
    body: { schema: 'Webhook', example: exampleWebhook },
    answer: { schema: 'Applied', example: { applied: true } },
    problems: [
      'invalid_signature',
      'webhook_too_old',
      'not_found',
      'not_processed_yet',
      'temporal_unavailable',
      'overloaded',
    ],
  })
  @HttpCode(200)
  payment(@Req() request: FastifyRequest): Promise<{ applied: boolean }> {
    return this.take('payment', request);
  }

  @Post('carrier')
  @Documented({
    summary: 'News of the carrier',
    description: `${signature} Takes ${routes.carrier.join(', ')}.`,
    open: true,
    headers: signed,
    body: { schema: 'Webhook', example: exampleWebhook },
    answer: { schema: 'Applied', example: { applied: true } },
    problems: [
      'invalid_signature',
      'webhook_too_old',
      'not_found',
      'not_processed_yet',
      'temporal_unavailable',
      'overloaded',
    ],
  })
  @HttpCode(200)
  carrier(@Req() request: FastifyRequest): Promise<{ applied: boolean }> {
    return this.take('carrier', request);
  }

  /** The signature comes before the body's fields: what is wrong with them is told to the sender alone. */
  private async take(sender: keyof typeof routes, request: FastifyRequest): Promise<{ applied: boolean }> {
    const secret = this.secrets[sender];
    if (secret === undefined) throw new Error(`${sender.toUpperCase()}_WEBHOOK_SECRET is needed`);
    const id = verifiedId(secret, request.headers, request.rawBody ?? Buffer.alloc(0));
    const event = await this.validation.transform(request.body, { type: 'body', schema: webhookBody });
    const { type, timestamp, data } = event as z.output<typeof webhookBody>;
    if (!routes[sender].includes(type)) throw otherSender(routes[sender]);
    return { applied: await this.webhooks.take({ id, type, timestamp, data }) };
  }
}

function otherSender(types: readonly string[]): ApiProblem {
  return new ApiProblem('validation_failed', 'This route takes the events of another sender', {
    errors: [{ path: '/type', message: `must be one of ${types.join(', ')}` }],
  });
}
