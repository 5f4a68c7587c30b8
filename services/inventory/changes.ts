import type { OperationRequest } from '../support/handlers.js';
import { commit, uncommit } from './commit.js';
import type { inventoryContract } from './contract.js';
import type { OrderPieces } from './order-pieces.js';
import { reduce } from './reduce.js';
import { release, releaseReplacement } from './release.js';
import { replace, stopReplacing } from './replace.js';
import { renew, reserve } from './reserve.js';
import { restock } from './restock.js';

type Request<Name extends keyof typeof inventoryContract> = Pick<
  OperationRequest<(typeof inventoryContract)[Name]>,
  'params' | 'body'
>;

/** What each operation changes of an order, in memory. */
export const changes = {
  reserve: (order: OrderPieces, { body }: Request<'reserve'>) => reserve(order, body.lines, body.holdMs),
  release: (order: OrderPieces, { body }: Request<'release'>) =>
    body.replacementOf === undefined ? release(order, body.shipmentId) : releaseReplacement(order, body.replacementOf),
  renew: (order: OrderPieces, { body }: Request<'renew'>) => renew(order, body.holdMs),
  reduce: (order: OrderPieces, { body }: Request<'reduce'>) => reduce(order, body.lines),
  commit: (order: OrderPieces, _: Request<'commit'>) => commit(order),
  uncommit: (order: OrderPieces, { body }: Request<'uncommit'>) => uncommit(order, body.shipmentId),
  replace: (order: OrderPieces, { body }: Request<'replace'>) => replace(order, body.lostShipmentId),
  stopReplacing: (order: OrderPieces, { body }: Request<'stopReplacing'>) => stopReplacing(order, body.lostShipmentId),
  restock: (order: OrderPieces, { body }: Request<'restock'>) => restock(order, body.lines, body.shipmentId),
};
