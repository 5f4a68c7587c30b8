import { hostname, networkInterfaces } from 'node:os';

/**
 * The name of a worker at the task queues of the services: `4711@host http://10.0.0.7:3000`. Temporal shows it with each poller, so the API
 * finds all workers without a list of them. The queue of the runs has a shorter name, which each workflow task writes to the history.
 */
export interface WorkerIdentity {
  /** The program: `4711@host`. */
  worker: string;
  /** Where it answers with its figures. Undefined for a worker that does not say it. */
  url?: string;
}

export const thisWorker = `${process.pid}@${hostname()}`;

export function identityOf(serverUrl: string): string {
  return `${thisWorker} ${reachable(serverUrl)}`;
}

export function readIdentity(identity: string): WorkerIdentity {
  const [, worker, url] = /^(\S+) (http:\/\/[\w.[\]:-]+)$/.exec(identity) ?? [];
  return worker !== undefined && url !== undefined && URL.canParse(url) ? { worker, url } : { worker: identity };
}

/** A server that listens on all interfaces is reached at the first one that others can reach. */
function reachable(serverUrl: string): string {
  const url = new URL(serverUrl);
  if (url.hostname !== '0.0.0.0' && url.hostname !== '[::]') return url.origin;
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outward = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return `http://${outward?.address ?? '127.0.0.1'}:${url.port}`;
}
