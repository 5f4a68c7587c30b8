import type { ServiceName } from '../../config/index.js';

/** The services that orders need; each answers GET /health. */
export const serviceNames = [
  'orders',
  'inventory',
  'payment',
  'shipping',
  'notification',
] as const satisfies readonly ServiceName[];
