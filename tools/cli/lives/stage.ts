import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames, urlSettingOf, userEnvironment, type ServiceName } from '../../../src/config/index.js';
import { connectClient, type TemporalClient } from '../../../src/temporal/connection.js';
import { freePort } from '../../local/ports.js';
import { startSystem, type System } from '../../local/system.js';
import { keyOf } from '../find-system.js';
import { httpTo, type Http } from '../http.js';
import { OrderFeed } from '../order-feed.js';
import { FaultyWay } from './faults.js';

/** Short deadlines, each another one: a wait that takes the deadline of another would replay unseen. */
const deadlines = {
  PAYMENT_DEADLINE: '5s',
  DECISION_DEADLINE: '6s',
  REVIEW_DEADLINE: '7s',
  AUTO_SIGN_AFTER: '8s',
  STEP_RETRY_BUDGET: '2s',
  RETURN_REVIEW_LIMIT: '3000',
};

/** A system of its own to play lives on. Between the worker or the API and each service stands a way that lives can put faults on. */
export interface Stage {
  http: Http;
  feed: OrderFeed;
  client: TemporalClient;
  ways: Record<ServiceName, FaultyWay>;
  keys: {
    shop: { key: string; shopId: string };
    operator: string;
    webhookSecrets: Record<'payment' | 'carrier', string>;
  };
  stopPart: System['stopPart'];
  startPart: System['startPart'];
  close: () => Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-record-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const each of closers.reverse()) await each();
  };
  try {
    const env = {
      ...environmentToInherit(),
      ...deadlines,
      // Both systems name the same API: the carrier simulator of the first one reports to it.
      PORT: String(await freePort()),
      TEMPORAL_PORT: '0',
      TEMPORAL_UI_PORT: '0',
    };
    const back = await startSystem({
      env: { ...env, DATA_DIR: join(folder, 'back') },
      parts: ['temporal', 'postgres', ...serviceNames],
    });
    closers.push(() => back.stop());
    const ways = {} as Stage['ways'];
    for (const name of serviceNames) ways[name] = await FaultyWay.to(back.urls[name]);
    closers.push(() => Promise.all(Object.values(ways).map((way) => way.close())));
    const urls = Object.fromEntries(serviceNames.map((name) => [urlSettingOf(name), ways[name].url]));
    const { serviceToken } = back.config;
    const front = await startSystem({
      env: {
        ...env,
        ...urls,
        SERVICE_TOKEN: serviceToken,
        TEMPORAL_ADDRESS: back.temporalAddress,
        DATA_DIR: join(folder, 'front'),
      },
      parts: ['worker', 'api'],
    });
    closers.push(() => front.stop());
    const { config } = front;
    const client = await connectClient(config);
    closers.push(() => client.connection.close());
    const found = {
      url: (part: 'api' | ServiceName) => (part === 'api' ? front.urls.api : back.urls[part]),
      serviceToken: () => serviceToken,
    };
    const http = httpTo(found, 60_000);
    const shop = keyOf(config, 'shop');
    const feed = await OrderFeed.open(found, http, shop.key, 60_000);
    closers.push(() => feed.close());
    const systemOf = (part: Parameters<System['stopPart']>[0]) => (front.parts.includes(part) ? front : back);
    return {
      http,
      feed,
      client,
      ways,
      keys: {
        shop,
        operator: keyOf(config, 'operator').key,
        webhookSecrets: config.webhookSecrets as Record<'payment' | 'carrier', string>,
      },
      stopPart: (part) => systemOf(part).stopPart(part),
      startPart: (part) => systemOf(part).startPart(part),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The environment without settings that point to another system. */
function environmentToInherit(): NodeJS.ProcessEnv {
  const foreign =
    /^(TEMPORAL_|DATABASE_URL$|ORDERFLOW_URL$|API_KEYS$|[A-Z]+_WEBHOOK_SECRET$|SERVICE_TOKEN$|HOST$|[A-Z]+_URL$)/;
  return Object.fromEntries(Object.entries(userEnvironment()).filter(([name]) => !foreign.test(name)));
}
