import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { request } from 'undici';
import { defined } from '../../contracts/defined.js';
import type { Db, Log } from '../support/database.js';
import { DueWorker } from '../support/due-work.js';
import type { Outcome } from '../support/idempotency.js';
import { retryAfterMs } from '../support/read-answer.js';
import { claim, firstMessage, settle, type CarrierMessage } from './carrier-store.js';

export interface CarrierOptions {
  /** Where the webhooks go, e.g. http://127.0.0.1:3000/v1/webhooks/carrier. Without it, nothing happens to parcels. */
  webhookUrl?: string;
  /** `whsec_...`. */
  webhookSecret?: string;
  /** From booking to dispatch, in ms; 300 by default. */
  dispatchAfterMs?: number;
  /** From dispatch to delivery, in ms; 800 by default. */
  deliverAfterMs?: number;
  /** How long to retry when the receiver does not know the order (404), in ms; 10 minutes by default. */
  unknownForMs?: number;
}

const requestTimeoutMs = 5_000;
/** After this time, another program sends the message of one that was killed. */
const leaseMs = 8_000;
const attemptsWhenRejected = 10;
const longestBackOffMs = 30_000;

/**
 * The carrier of `simulated` parcels. It dispatches a parcel shortly after its booking, delivers it shortly after that, and reports
 * both by signed webhooks (Standard Webhooks), at least once. All events are in the database: those that become due while the program is
 * down, or that the receiver does not accept, are reported later.
 */
export class CarrierSimulator {
  private readonly worker: DueWorker<CarrierMessage>;
  private readonly webhook: Webhook | undefined;

  constructor(
    private readonly db: Db,
    private readonly options: CarrierOptions,
    private readonly log: Log,
  ) {
    this.webhook = options.webhookSecret === undefined ? undefined : new Webhook(options.webhookSecret);
    const deliverAfterMs = options.deliverAfterMs ?? 800;
    this.worker = new DueWorker(
      {
        claim: (limit) => claim(db, { limit, leaseMs, deliverAfterMs }),
        work: (message) => this.report(message),
      },
      { concurrency: 16, log },
    );
  }

  /** Accepts a parcel with its booking. */
  accept<Answer>({ answer, effect }: Outcome<Answer>): Outcome<Answer> {
    if (!effect) return { answer };
    const inMs = this.options.dispatchAfterMs ?? 300;
    return {
      answer,
      effect: sql`${effect}, ${firstMessage(inMs)}`,
      stored: () => this.worker.dueIn(inMs),
    };
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.options.webhookUrl === undefined || this.webhook === undefined) {
      const missing = this.options.webhookUrl === undefined ? 'ORDERFLOW_URL' : 'CARRIER_WEBHOOK_SECRET';
      this.log.warn({ missing }, 'the carrier simulator does nothing: a setting is missing');
      return;
    }
    await this.worker.run(signal);
  }

  private async report(message: CarrierMessage): Promise<void> {
    const answer = await this.send(message);
    const end = whatNext(answer, message, this.options.unknownForMs ?? 600_000);
    await settle(this.db, message.id, answer.text, end);
    const about = { id: message.id, attempts: message.attempts, answer: answer.text };
    if (end === 'given_up') this.log.error(about, 'webhook given up');
    else if (end !== 'sent') this.log.warn({ ...about, ...end }, 'webhook not accepted; trying again later');
  }

  private async send(message: CarrierMessage): Promise<WebhookAnswer> {
    const body = JSON.stringify(bodyOf(message));
    const now = new Date();
    try {
      const {
        statusCode: status,
        headers,
        body: rest,
      } = await request(this.options.webhookUrl as string, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': message.id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': (this.webhook as Webhook).sign(message.id, now, body),
        },
        body,
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      await rest.dump();
      return { status, text: `status ${status}`, ...defined({ retryAfterMs: retryAfterMs(headers['retry-after']) }) };
    } catch (error) {
      const { message, code } = error as Error & { code?: unknown };
      return { status: undefined, text: typeof code === 'string' ? code : message };
    }
  }
}

export interface WebhookAnswer {
  /** Undefined if there was no answer. */
  status: number | undefined;
  /** For logs. */
  text: string;
  retryAfterMs?: number;
}

/** Decides what to do after an answer. Only a rejected message is given up. */
export function whatNext(
  { status, retryAfterMs: asked = 0 }: WebhookAnswer,
  { attempts, happenedAt }: Pick<CarrierMessage, 'attempts' | 'happenedAt'>,
  unknownForMs: number,
): 'sent' | 'given_up' | { retryInMs: number } {
  if (status !== undefined && status >= 200 && status < 300) return 'sent';
  if (status === 404 && Date.now() - Date.parse(happenedAt) > unknownForMs) return 'given_up';
  const mayPass = status === undefined || status < 400 || status >= 500 || [404, 408, 425, 429].includes(status);
  if (!mayPass && attempts >= attemptsWhenRejected) return 'given_up';
  const backOff = Math.min(longestBackOffMs, 200 * 2 ** (attempts - 1));
  return { retryInMs: Math.max(asked, Math.round(backOff * (0.75 + Math.random() / 2))) };
}

function bodyOf({ type, happenedAt, orderId, shipmentId, trackingNumber, recipient }: CarrierMessage) {
  return {
    type,
    timestamp: new Date(happenedAt).toISOString(),
    data: {
      orderId,
      shipmentId,
      trackingNumber,
      carrier: 'simulated',
      ...(type === 'shipment.delivered' ? { signedBy: recipient } : {}),
    },
  };
}
