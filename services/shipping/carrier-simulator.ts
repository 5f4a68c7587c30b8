import type { Kysely } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { defined } from '../../contracts/defined.js';
import type { Log } from '../support/database.js';
import { DueWorker } from '../support/due-work.js';
import { retryAfterMs } from '../support/read-answer.js';
import { claim, schedule, settle, untilNext, type CarrierMessage } from './carrier-store.js';
import type { ShippingTables } from './tables.js';

export interface CarrierOptions {
  /** Where the carrier's webhooks go, e.g. http://127.0.0.1:3000/v1/webhooks/carrier. Absent: nothing happens to parcels. */
  webhookUrl?: string;
  /** `whsec_...`. */
  webhookSecret?: string;
  /** From the booking to the dispatch, in ms; 300 unless given. */
  dispatchAfterMs?: number;
  /** From the dispatch to the delivery, in ms; 800 unless given. */
  deliverAfterMs?: number;
  /** How long an order that the receiver does not know (404) is taken for one that it will know, in ms; 10 minutes. */
  unknownForMs?: number;
}

const requestTimeoutMs = 5_000;
/** A message whose sender was killed goes out again after it. */
const leaseMs = 8_000;
const triesWhenRefused = 10;
const longestBackOffMs = 30_000;

/**
 * The carrier of `simulated` parcels: it fetches each a moment after its booking, delivers it a moment later, and tells both
 * by signed webhooks (Standard Webhooks), at least once. All of it stands in the database: what falls due while nothing runs,
 * or cannot be delivered, is told later.
 */
export class CarrierSimulator {
  private readonly worker: DueWorker<CarrierMessage>;
  private readonly webhook: Webhook | undefined;

  constructor(
    private readonly db: Kysely<ShippingTables>,
    private readonly options: CarrierOptions,
    private readonly log: Log,
  ) {
    this.webhook = options.webhookSecret === undefined ? undefined : new Webhook(options.webhookSecret);
    const deliverAfterMs = options.deliverAfterMs ?? 800;
    this.worker = new DueWorker(
      {
        claim: (limit) => claim(db, { limit, leaseMs, deliverAfterMs }),
        work: (message) => this.tell(message),
        untilNext: () => untilNext(db),
      },
      { concurrency: 16, log },
    );
  }

  /** The carrier takes the order to fetch a parcel, in the transaction that books it. */
  async accept(tx: Kysely<ShippingTables>, shipmentId: string): Promise<void> {
    const inMs = this.options.dispatchAfterMs ?? 300;
    await schedule(tx, 'shipment.dispatched', [shipmentId], inMs);
    this.worker.wakeIn(inMs);
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.options.webhookUrl === undefined || this.webhook === undefined) {
      const missing = this.options.webhookUrl === undefined ? 'ORDERFLOW_URL' : 'CARRIER_WEBHOOK_SECRET';
      this.log.warn({ missing }, 'the carrier simulator stands still: it does not know where to send, or how to sign');
      return;
    }
    await this.worker.run(signal);
  }

  private async tell(message: CarrierMessage): Promise<void> {
    const answer = await this.send(message);
    const end = whatNext(answer, message, this.options.unknownForMs ?? 600_000);
    await settle(this.db, message.id, answer.text, end);
    const { id, attempts } = message;
    if (end === 'given_up') this.log.error({ id, attempts, answer: answer.text }, 'a webhook is given up');
    else if (end !== 'sent') this.log.warn({ id, attempts, answer: answer.text, ...end }, 'a webhook was not taken');
  }

  private async send(message: CarrierMessage): Promise<WebhookAnswer> {
    const body = JSON.stringify(bodyOf(message));
    const now = new Date();
    try {
      const response = await fetch(this.options.webhookUrl as string, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': message.id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': (this.webhook as Webhook).sign(message.id, now, body),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      await response.body?.cancel();
      const asked = retryAfterMs(response.headers.get('retry-after') ?? undefined);
      return {
        status: response.status,
        text: `status ${response.status}`,
        ...defined({ retryAfterMs: asked }),
      };
    } catch (error) {
      const { message: text, cause } = error as Error & { cause?: { code?: string } };
      return { status: undefined, text: cause?.code ?? text };
    }
  }
}

export interface WebhookAnswer {
  /** Undefined: there was none. */
  status: number | undefined;
  /** For people. */
  text: string;
  retryAfterMs?: number;
}

/** What becomes of a message after an answer: it is sent when it was taken, and given up only when it was refused. */
export function whatNext(
  { status, retryAfterMs: asked = 0 }: WebhookAnswer,
  { attempts, happenedAt }: Pick<CarrierMessage, 'attempts' | 'happenedAt'>,
  unknownForMs: number,
): 'sent' | 'given_up' | { retryInMs: number } {
  if (status !== undefined && status >= 200 && status < 300) return 'sent';
  if (status === 404 && Date.now() - happenedAt.getTime() > unknownForMs) return 'given_up';
  const passing = status === undefined || status < 400 || status >= 500 || [404, 408, 425, 429].includes(status);
  if (!passing && attempts >= triesWhenRefused) return 'given_up';
  const backOff = Math.min(longestBackOffMs, 200 * 2 ** (attempts - 1));
  return { retryInMs: Math.max(asked, Math.round(backOff * (0.75 + Math.random() / 2))) };
}

function bodyOf({ type, happenedAt, orderId, shipmentId, trackingNumber, recipient }: CarrierMessage) {
  return {
    type,
    timestamp: happenedAt.toISOString(),
    data: {
      orderId,
      shipmentId,
      trackingNumber,
      carrier: 'simulated',
      ...(type === 'shipment.delivered' ? { signedBy: recipient } : {}),
    },
  };
}
