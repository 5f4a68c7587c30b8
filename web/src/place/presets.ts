import type { PlaceOrder } from '../../../contracts/order.js';

/** One order for each path that an order can take. The names stand in the messages: `place.preset.<name>`. */
export const presets = {
  completed: { lines: [['mug', 2]] },
  parcels: {
    lines: [
      ['vase', 1],
      ['lamp', 1],
    ],
  },
  dispatch: { lines: [['book', 1]], carrier: 'external' },
  later: { lines: [['tee', 1]], token: undefined },
  review: { lines: [['mug', 1]], token: 'tok_review' },
  shortage: {
    lines: [
      ['rare', 3],
      ['mug', 1],
    ],
  },
  declined: { lines: [['mug', 1]], token: 'tok_declined' },
  fraud: { lines: [['mug', 1]], token: 'tok_fraud' },
  soldOut: { lines: [['gone', 1]] },
  unknown: { lines: [['no-such-thing', 1]] },
  flaky: { lines: [['lamp', 1]], token: 'tok_flaky' },
} as const satisfies Record<string, Preset>;

interface Preset {
  lines: readonly (readonly [string, number])[];
  /** undefined: the customer pays later. */
  token?: string | undefined;
  carrier?: 'external';
}

export type PresetName = keyof typeof presets;

const prices: Record<string, number> = { mug: 1250, tee: 1900, book: 2400, lamp: 4900, vase: 3000, rare: 9900 };

export function orderOf(name: PresetName): PlaceOrder {
  const preset: Preset = presets[name];
  return {
    customerId: 'test-customer',
    currency: 'EUR',
    lines: preset.lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: prices[sku] ?? 1000 })),
    shippingFee: 490,
    payment: paymentOf(preset),
    shippingAddress: { name: 'Ada Example', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
    carrier: preset.carrier ?? 'simulated',
    reference: `test-${name}`,
  };
}

function paymentOf(preset: Preset): PlaceOrder['payment'] {
  if ('token' in preset && preset.token === undefined) return { method: 'later' };
  return { method: 'card', token: preset.token ?? 'tok_ok' };
}
