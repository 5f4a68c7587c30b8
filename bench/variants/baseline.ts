import { fileURLToPath } from 'node:url';
import { serviceNames, urlSettingOf, userEnvironment } from '../../src/config/index.js';
import { connectClient, type TemporalClient } from '../../src/temporal/connection.js';
import { environmentFor } from '../../tools/local/environment.js';
import type { Child } from '../../tools/local/program.js';
import { readyByMessage } from '../../tools/local/readiness.js';
import { orderTotal } from '../../contracts/money.js';
import { delivered, dispatched, emptyWorkflow, plainOrder, plainTaskQueue } from '../baseline/order.js';
import type { PlainOrder, Progress } from '../baseline/order.js';
import { shops, type Checkout } from '../checkout.js';
import type { Session } from '../session.js';
import { orderOf, type Parcels } from './shop.js';
import type { Lived, Variant } from './variant.js';

let runs = 0;

/** The plain saga on the server and the services of a checkout, with a worker of its own. */
export class Baseline {
  private readonly awaited = new Map<string, (news: Progress) => void>();

  private constructor(
    readonly checkout: Checkout,
    readonly client: TemporalClient,
    private readonly worker: Child,
  ) {
    worker.onMessage((news) => this.awaited.get((news as Progress).orderId)?.(news as Progress));
  }

  /** @param nodeOptions NODE_OPTIONS of the worker. */
  static async start(session: Session, checkout: Checkout, nodeOptions?: string): Promise<Baseline> {
    const urls = serviceNames.map((name) => [urlSettingOf(name), checkout.system.url(name)]);
    const worker = await session.launch('the worker of the plain saga', {
      command: process.execPath,
      args: ['--enable-source-maps', fileURLToPath(new URL('../baseline/main.js', import.meta.url))],
      env: {
        ...environmentFor(userEnvironment()),
        ...(Object.fromEntries(urls) as NodeJS.ProcessEnv),
        ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
        TEMPORAL_ADDRESS: checkout.temporalAddress,
        SERVICE_TOKEN: checkout.system.serviceToken(),
      },
      ipc: true,
      ready: readyByMessage,
      stopSignal: 'SIGTERM',
      graceMs: 20_000,
    });
    return new Baseline(checkout, await clientOf(checkout), worker);
  }

  get workerPid(): number {
    return this.worker.pid;
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }

  saga(parcels: Parcels): Variant {
    return {
      name: `plain saga, ${parcels === 1 ? 'one parcel' : 'two parcels'}`,
      live: () => this.live(parcels),
      pids: (part) => (part === 'worker' ? [this.worker.pid] : part === 'api' ? [] : this.checkout.pids(part)),
      close: () => Promise.resolve(),
    };
  }

  empty(): Variant {
    return {
      name: 'empty workflow',
      live: async () => {
        const start = performance.now();
        const workflowId = `empty-${process.pid}-${(runs += 1)}`;
        await this.client.workflow.execute(emptyWorkflow, { taskQueue: plainTaskQueue, workflowId });
        return { workflowId, completedMs: performance.now() - start };
      },
      pids: (part) => (part === 'worker' ? [this.worker.pid] : part === 'temporal' ? this.checkout.pids(part) : []),
      close: () => Promise.resolve(),
    };
  }

  /** Starts an order. `until` resolves when that many of its steps have come so far. */
  async start(parcels: Parcels) {
    const order = plainOrderOf(parcels);
    const { orderId } = order;
    const seen: Progress['at'][] = [];
    let changed: () => void = () => undefined;
    this.awaited.set(orderId, ({ at }) => {
      seen.push(at);
      changed();
    });
    const until = (at: Progress['at'], times: number) =>
      new Promise<void>((resolve) => {
        const check = () => seen.filter((each) => each === at).length >= times && resolve();
        changed = check;
        check();
      });
    const start = performance.now();
    const handle = await this.client.workflow.start(plainOrder, {
      taskQueue: plainTaskQueue,
      workflowId: orderId,
      args: [order],
    });
    return { handle, until, startMs: performance.now() - start, forget: () => this.awaited.delete(orderId) };
  }

  private async live(parcels: Parcels): Promise<Lived> {
    const start = performance.now();
    const { handle, until, forget } = await this.start(parcels);
    await until('confirmed', 1);
    const confirmedMs = performance.now() - start;
    await until('booked', parcels);
    const shipmentIds = warehousesOf(parcels).map((warehouse) => `${handle.workflowId}-${warehouse}`);
    await Promise.all(shipmentIds.map((id) => handle.signal(dispatched, id)));
    await until('shipped', parcels);
    await Promise.all(shipmentIds.map((id) => handle.signal(delivered, id)));
    await handle.result();
    const completedMs = performance.now() - start;
    forget();
    return { workflowId: handle.workflowId, confirmedMs, completedMs };
  }
}

/** See the demo stock of the inventory service. */
const warehousesOf = (parcels: Parcels) => (parcels === 1 ? ['west'] : ['east', 'west']);

function plainOrderOf(parcels: Parcels): PlainOrder {
  const { customerId, currency, lines, shippingFee, shippingAddress } = orderOf(parcels);
  const total = orderTotal({ lines, shippingFee });
  const orderId = `plain-${process.pid}-${(runs += 1)}`;
  const { shopId } = shops.first;
  return { orderId, shopId, customerId, currency, lines, shippingFee, shippingAddress, total, token: 'tok_ok' };
}

export function clientOf({ temporalAddress: address }: Checkout): Promise<TemporalClient> {
  return connectClient({ temporal: { local: true, address, namespace: 'default', connectionOptions: { address } } });
}
