import type { Balance } from '../../../contracts/order.js';
import { checkNetwork, isFlaky, slownessOf } from '../../../services/payment/cards.js';
import { changes } from '../../../services/payment/changes.js';
import type { PaymentClient } from '../../../services/payment/client.js';
import { paymentContract } from '../../../services/payment/contract.js';
import { Ledger, type Operation } from '../../../services/payment/ledger.js';
import { paymentHandlers } from '../../../services/payment/routes.js';
import { screen } from '../../../services/payment/screening.js';
import type { Authorization, Payment } from '../../../services/payment/tables.js';
import { orderIdOf, type AboutOrder } from '../../../services/support/handlers.js';
import { compare } from './inventory.js';
import { Keys } from './keys.js';
import { memoryClient, type Changing, type MemoryHandlers, type Outcome } from './memory-client.js';
import { pageOf } from './page.js';
import type { World } from './world.js';

/** What the service has of the money of one order. */
export interface PaymentRows {
  payment: Payment;
  /** In the order in which they were made. */
  authorizations: Authorization[];
  operations: OperationRow[];
}

/** A row of the table `operations`. */
interface OperationRow extends Operation {
  /** ISO 8601. */
  at: string;
  key: string;
}

interface Screening {
  shop_id: string;
  customer_id: string;
  day: string;
  currency: string;
  amount: number;
}

type Request = AboutOrder & { key: string };
type Screened = Parameters<typeof screen>[0];
/** Operations that reach the network of a card that the order has used. */
const atTheCard = new Set<keyof typeof changes>(['void', 'reduce', 'capture', 'refund', 'settle']);

/** The payment service in memory: its real ledger and rules on tables that are maps. */
export class PaymentInMemory {
  payments = new Map<string, PaymentRows>();
  screenings = new Map<string, Screening>();
  /** Minor units per customer and day; null: no limit. */
  dailyLimit: number | null = null;
  readonly keys: Keys;
  readonly client: PaymentClient;
  private days = new Map<string, number>();
  private flakyCalls = new Map<string, number>();

  constructor(private readonly world: World) {
    this.keys = new Keys(world);
    this.client = memoryClient(paymentContract, this.handlers(), {
      service: 'payment',
      keys: this.keys,
      wait: world.wait,
      checksValues: world.checksValues,
    });
  }

  reset(): void {
    this.payments = new Map();
    this.screenings = new Map();
    this.days = new Map();
    this.flakyCalls = new Map();
    this.dailyLimit = null;
    this.keys.reset();
  }

  private handlers(): MemoryHandlers<typeof paymentContract> {
    const change = <Name extends keyof typeof changes>(name: Name): Changing<(typeof paymentContract)[Name]> => {
      const { undoes, reliesOn } = paymentHandlers[name] as unknown as Changing<unknown>;
      const act = changes[name] as (ledger: Ledger, request: Request) => object | undefined;
      const before = atTheCard.has(name)
        ? (request: unknown) => this.reachNetwork(orderIdOf(request as Request), name)
        : undefined;
      return {
        decide: (request) => this.change(act, request) as Outcome<never>,
        before,
        undoes,
        reliesOn,
      };
    };
    return {
      screen: {
        decide: ({ body }) => this.screen(body),
        before: ({ body }) => this.failIfFlaky(body.orderId, 'screen', [body.token]),
      },
      authorize: {
        ...change('authorize'),
        before: ({ body }) => this.failIfFlaky(body.orderId, 'authorize', [body.token]) + slownessOf(body.token),
      },
      record: change('record'),
      giveBack: change('giveBack'),
      void: change('void'),
      reduce: change('reduce'),
      capture: change('capture'),
      refund: change('refund'),
      settle: change('settle'),
      listPayments: ({ query }) => pageOf(query, this.listed(query?.orderId), (item) => [item.orderId]),
      getScreening: () => ({ dailyLimit: this.dailyLimit }),
      putScreening: ({ body }) => {
        this.dailyLimit = body.dailyLimit;
        return { dailyLimit: body.dailyLimit };
      },
    };
  }

  /** Reads the money of an order, and changes it in memory. */
  private change(act: (ledger: Ledger, request: Request) => object | undefined, request: Request): Outcome<object> {
    const orderId = orderIdOf(request);
    const ledger = this.open(orderId, request.key);
    const answer: { balance: Balance } = { ...act(ledger, request), balance: ledger.balance };
    return { answer, effect: () => this.write(ledger, request.key) };
  }

  private open(orderId: string, key: string): Ledger {
    const rows = this.payments.get(orderId);
    const stored = {
      payment: rows ? { ...rows.payment } : null,
      version: null,
      authorizations: rows?.authorizations.map((one) => ({ ...one })) ?? [],
      passed: rows?.operations.filter(({ kind, currency }) => kind === 'void' && currency !== null) ?? [],
    };
    return Ledger.of(stored, orderId, key, this.world.newId);
  }

  private write({ payment, authorizations, operations }: Ledger, key: string): void {
    if (payment.refunded > payment.captured || authorizations.some(({ held, amount }) => held < 0 || held > amount)) {
      throw new Error(`The payment of ${payment.order_id} violates a check`);
    }
    const before = this.payments.get(payment.order_id)?.operations ?? [];
    const at = new Date(this.world.now()).toISOString();
    const rows = operations.map((operation): OperationRow => ({ ...operation, at, key }));
    this.payments.set(payment.order_id, { payment, authorizations, operations: [...before, ...rows] });
  }

  private screen(order: Screened): Outcome<ReturnType<typeof screen>['answer']> {
    const { orderId, shopId, customerId, currency, amount } = order;
    const known = this.screenings.get(orderId);
    const day = known?.day ?? new Date(this.world.now()).toISOString().slice(0, 10);
    const key = JSON.stringify([shopId, customerId, day, currency]);
    const total = this.days.get(key) ?? 0;
    const { answer, effect } = screen(order, {
      day,
      dailyLimit: this.dailyLimit,
      total,
      isCounted: known !== undefined,
    });
    if (!effect) return { answer };
    const count = () => {
      this.days.set(key, total + amount);
      this.screenings.set(orderId, { shop_id: shopId, customer_id: customerId, day, currency, amount });
    };
    return { answer, effect: count };
  }

  private reachNetwork(orderId: string, operation: string): number {
    const tokens = this.payments.get(orderId)?.authorizations.map(({ token }) => token) ?? [];
    return this.failIfFlaky(orderId, operation, tokens);
  }

  /** @returns 0: the network takes no time. @throws {Problem} 500 for the first two calls with a flaky card. */
  private failIfFlaky(orderId: string, operation: string, tokens: (string | null | undefined)[]): 0 {
    if (!isFlaky(tokens)) return 0;
    const key = `${orderId} ${operation}`;
    const calls = (this.flakyCalls.get(key) ?? 0) + 1;
    this.flakyCalls.set(key, calls);
    checkNetwork(operation, calls);
    return 0;
  }

  private listed(orderId: string | undefined) {
    const orders = orderId === undefined ? [...this.payments.keys()].sort(compare) : [orderId];
    return orders.flatMap((order) => {
      const rows = this.payments.get(order);
      if (!rows || rows.payment.currency === null) return [];
      const { currency, captured, refunded, let_go: voided } = rows.payment;
      const authorized = rows.authorizations.reduce((sum, { held }) => sum + held, 0);
      const operations = rows.operations.map((one) => ({
        id: one.id,
        kind: one.kind,
        amount: one.amount,
        at: one.at,
        key: one.key,
        ...(one.subject === null ? {} : { subject: one.subject }),
        ...(one.currency === null || one.currency === currency ? {} : { currency: one.currency }),
      }));
      return [{ id: `pay_${order}`, orderId: order, currency, authorized, captured, refunded, voided, operations }];
    });
  }
}
