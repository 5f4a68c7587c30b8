import type { System } from './system.js';

/** Builds the text that `npm start` prints when everything is up: addresses, development keys and an example call. */
export function welcome(system: System, seconds: number): string {
  const { urls, config } = system;
  const shopKey = config.apiKeys.find(({ role }) => role === 'shop');
  const lines = [
    '',
    `Orderflow is ready (${seconds.toFixed(1)} s). Ctrl-C stops it; its data stays in ${config.dataDir}.`,
    '',
    `  Operator's page   ${urls.api}`,
    `  API               ${urls.api}  (its documentation: ${urls.api}/docs)`,
    ...(urls.temporalUi ? [`  Temporal Web UI   ${urls.temporalUi}`] : []),
    `  Temporal          ${system.temporalAddress}`,
    '',
  ];
  if (config.developmentKeys) {
    lines.push('  Keys for development:');
    for (const { key, shopId, role } of config.apiKeys) {
      lines.push(`  ${key.padEnd(17)} ${role}, ${shopId === '*' ? 'all shops' : `shop ${shopId}`}`);
    }
    lines.push('');
  }
  lines.push('  Place an order:', '', curl(urls.api, config.developmentKeys ? shopKey?.key : undefined), '');
  return lines.join('\n');
}

function curl(api: string, key = '$KEY'): string {
  const order = {
    customerId: 'c-1',
    currency: 'EUR',
    lines: [{ sku: 'mug', quantity: 2, unitPrice: 1250 }],
    shippingFee: 490,
    payment: { method: 'card', token: 'tok_ok' },
    shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
  };
  return [
    `  curl -sS ${api}/v1/orders \\`,
    `    -H "Authorization: Bearer ${key}" -H "Idempotency-Key: first-order" -H "Content-Type: application/json" \\`,
    `    -d '${JSON.stringify(order)}'`,
  ].join('\n');
}
