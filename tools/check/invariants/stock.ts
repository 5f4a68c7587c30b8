import type { Invariant } from '../invariant.js';
import type { Inventory } from '../observation.js';

/** Pieces in the warehouses. */

type Row = Inventory['stock'][number];

const nameOf = ({ sku, warehouse }: { sku: string; warehouse: string }) => `${sku}/${warehouse}`;

const stockConserved: Invariant = {
  name: 'stock-conserved',
  formula:
    'initial = available + reserved + committed, for each sku and warehouse (restocked pieces are available again)',
  needs: ['inventory'],
  verify: ({ observation }, verdict) => {
    for (const row of observation.inventory!.stock) {
      const { initial, available, reserved, committed } = row;
      const found = available + reserved + committed;
      if (initial === undefined) verdict.cannotTell('', `${nameOf(row)}: what was there at first was not observed`);
      else {
        verdict.judge(
          '',
          initial === found
            ? undefined
            : `${nameOf(row)}: ${available} available + ${reserved} reserved + ${committed} committed = ${found}, not ${initial}`,
        );
      }
    }
  },
};

const neverOversold: Invariant = {
  name: 'never-oversold',
  formula: 'available >= 0, reserved >= 0, committed >= 0; 0 <= restocked <= quantity of each piece',
  needs: ['inventory'],
  verify: ({ observation }, verdict) => {
    const { stock, pieces } = observation.inventory!;
    for (const row of stock) {
      const below = (['available', 'reserved', 'committed'] as const).find((column) => row[column] < 0);
      verdict.judge('', below && `${nameOf(row)}: ${below} is ${row[below]}`);
    }
    for (const piece of pieces) {
      const { orderId, restocked, quantity } = piece;
      if (restocked < 0 || restocked > quantity) {
        verdict.violated(orderId, `${nameOf(piece)}: ${restocked} of ${quantity} were restocked`);
      }
    }
  },
};

const stockAsItsPieces: Invariant = {
  name: 'stock-as-its-pieces',
  formula: 'reserved = sum(quantity - restocked) of reserved pieces; committed = the same of committed pieces',
  needs: ['inventory'],
  verify: ({ observation }, verdict) => {
    const { stock, pieces } = observation.inventory!;
    const held = new Map<string, { reserved: number; committed: number }>();
    const of = (place: { sku: string; warehouse: string }) => {
      const name = nameOf(place);
      let sums = held.get(name);
      if (!sums) held.set(name, (sums = { reserved: 0, committed: 0 }));
      return sums;
    };
    for (const piece of pieces) {
      if (piece.state === 'reserved' || piece.state === 'committed') {
        of(piece)[piece.state] += piece.quantity - piece.restocked;
      }
    }
    for (const row of stock) verdict.judge('', differenceOf(row, of(row)));
  },
};

function differenceOf(row: Row, pieces: { reserved: number; committed: number }): string | undefined {
  const wrong = (['reserved', 'committed'] as const).find((column) => row[column] !== pieces[column]);
  return wrong && `${nameOf(row)}: ${wrong} ${row[wrong]}, its pieces add up to ${pieces[wrong]}`;
}

export const stock = [stockConserved, neverOversold, stockAsItsPieces];
