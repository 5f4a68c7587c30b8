import { Controller, HttpCode, Inject, Post, Req, applyDecorators } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { eventTypes } from '../../../contracts/event-types.js';
import { webhookBody } from '../../../contracts/events.schema.js';
import type { Config } from '../../config/index.js';
import { Open } from '../auth/principal.js';
import { Documented } from '../docs/documented.js';
import { exampleWebhook } from '../docs/examples.js';
import { CONFIG } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';
import { ValidationPipe } from '../problems/validation.pipe.js';
import { verifiedId } from './signature.js';
import { Webhooks } from './webhooks.js';

/** A sender reports only its own business: a carrier cannot say that an order was paid. */
const acceptedTypes = {
  payment: eventTypes.filter((type) => type.startsWith('payment.')),
  carrier: eventTypes.filter((type) => !type.startsWith('payment.')),
};
type WebhookSender = keyof typeof acceptedTypes;

const applied = z.strictObject({ applied: z.boolean() }).meta({ id: 'Applied' });
type Applied = z.infer<typeof applied>;

const signature =
  'Signed by Standard Webhooks: webhook-signature is `v1,` and the base64 of HMAC-SHA256(secret, id.timestamp.body). `applied`: sent to a run; false for a repetition, and where the order shows the effect already.';

/** What the routes of both senders have in common. */
function WebhookRoute(summary: string, description: string): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    Documented({
      summary,
      description: `${signature} ${description}`,
      open: true,
      headers: ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
        name,
        description: 'Standard Webhooks',
        required: true,
      })),
      bodySchema: webhookBody,
      bodyExample: exampleWebhook,
      answer: { schema: applied, example: { applied: true } },
      problems: [
        'invalid_signature',
        'webhook_too_old',
        'not_found',
        'not_processed_yet',
        'temporal_unavailable',
        'overloaded',
      ],
    }),
  );
}

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
  @WebhookRoute(
    'Receive an event of the payment provider',
    `Accepts ${acceptedTypes.payment.join(' and ')}. Money that the order cannot use is refunded, and is listed in payment.attempts.`,
  )
  payment(@Req() request: FastifyRequest): Promise<Applied> {
    return this.receive('payment', request);
  }

  @Post('carrier')
  @WebhookRoute('Receive an event of the carrier', `Accepts ${acceptedTypes.carrier.join(', ')}.`)
  carrier(@Req() request: FastifyRequest): Promise<Applied> {
    return this.receive('carrier', request);
  }

  /** Checks the signature first, so that only the real sender learns what is wrong with the body. */
  private async receive(sender: WebhookSender, request: FastifyRequest): Promise<Applied> {
    const secret = this.secrets[sender];
    if (secret === undefined) throw new Error(`${sender.toUpperCase()}_WEBHOOK_SECRET is not set`);
    const id = verifiedId(secret, request.headers, request.rawBody ?? Buffer.alloc(0));
    const event = await this.validation.transform(request.body, { type: 'body', schema: webhookBody });
    const { type, timestamp, data } = event as z.output<typeof webhookBody>;
    if (!acceptedTypes[sender].includes(type)) throw otherSender(acceptedTypes[sender]);
    return { applied: await this.webhooks.send({ id, type, timestamp, data }) };
  }
}

function otherSender(types: readonly string[]): ApiProblem {
  return new ApiProblem('validation_failed', 'This event type belongs to the other webhook route', {
    errors: [{ path: '/type', message: `must be one of ${types.join(', ')}` }],
  });
}
