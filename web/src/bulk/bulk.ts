import type { OrderStatus } from '../../../contracts/statuses.js';
import type { BulkCommand } from '../trouble/groups.js';

/** One decision for many orders, as the API shows it. */
export interface Bulk {
  id: string;
  state: 'draft' | 'running' | 'stopped' | 'done';
  command: BulkCommand;
  by: string;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  orders: Record<'selected' | 'excluded' | 'pending' | 'done' | 'refused' | 'failed', number>;
  ratePerSecond?: number;
  links?: { temporalUi?: string };
}

export const results = ['pending', 'done', 'refused', 'failed', 'excluded'] as const;
export type BulkResult = (typeof results)[number];

export interface BulkOrder {
  orderId: string;
  step?: string;
  status?: OrderStatus;
  result: BulkResult;
  code?: string;
  message?: string;
  at?: string;
}
