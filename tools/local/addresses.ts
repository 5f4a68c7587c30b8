import { defined } from '../../contracts/defined.js';
import { serviceNames, type Config } from '../../src/config/index.js';
import type { Addresses } from './parts.js';
import { freePort, whyBusy } from './ports.js';

/** One or more configured ports are not free. The message lists each port with its variable. */
export class BusyPortError extends Error {
  override name = 'BusyPortError';
}

/**
 * Chooses the address of every part before anything starts.
 *
 * @throws {BusyPortError} when a configured port cannot be used.
 */
export async function chooseAddresses(config: Config): Promise<Addresses> {
  await refuseBusyPorts(config);
  const port = config.port || (await freePort());
  const everywhere = config.host === '0.0.0.0' || config.host === '::';
  const host = everywhere ? '127.0.0.1' : config.host.includes(':') ? `[${config.host}]` : config.host;
  const services = {} as Addresses['services'];
  for (const name of serviceNames) {
    const url = config.serviceUrls[name];
    const servicePort = await freePort();
    services[name] = url === undefined ? { url: `http://127.0.0.1:${servicePort}`, port: servicePort } : { url };
  }
  return {
    api: { host: config.host, port, url: `http://${host}:${port}` },
    worker: await workerAddress(config),
    temporal: await temporalAddresses(config),
    postgres: config.databaseUrl === undefined ? { port: await freePort() } : { url: config.databaseUrl },
    services,
  };
}

async function workerAddress(config: Config): Promise<Addresses['worker']> {
  const port = config.workerPort || (await freePort());
  return { port, url: `http://127.0.0.1:${port}` };
}

async function temporalAddresses(config: Config): Promise<Addresses['temporal']> {
  if (!config.temporal.local) {
    const { temporalUiUrl: uiUrl } = config;
    return { address: config.temporal.address, ...defined({ uiUrl }) };
  }
  const ports = { grpc: config.temporalPort || (await freePort()), ui: config.temporalUiPort || (await freePort()) };
  return { address: `127.0.0.1:${ports.grpc}`, uiUrl: `http://127.0.0.1:${ports.ui}`, ports };
}

async function refuseBusyPorts(config: Config): Promise<void> {
  const wanted = [
    { name: 'PORT', what: 'API', port: config.port, host: config.host },
    { name: 'WORKER_PORT', what: 'worker', port: config.workerPort, host: '127.0.0.1' },
    ...(config.temporal.local
      ? [
          { name: 'TEMPORAL_PORT', what: 'Temporal server', port: config.temporalPort, host: '127.0.0.1' },
          { name: 'TEMPORAL_UI_PORT', what: 'Temporal Web UI', port: config.temporalUiPort, host: '127.0.0.1' },
        ]
      : []),
  ].filter(({ port }) => port !== 0);
  const problems: string[] = [];
  for (const { name, what, port, host } of wanted) {
    const same = wanted.find((other) => other.name !== name && other.port === port);
    const why = same ? `also ${same.name}` : await whyBusy(port, host);
    if (why !== undefined) problems.push(`  ${name}=${port} (${what}): ${why}`);
  }
  if (problems.length === 0) return;
  throw new BusyPortError(
    [
      'These ports cannot be used:',
      ...problems,
      'End what uses them, or set the variables to other ports (0: a free one).',
    ].join('\n'),
  );
}
