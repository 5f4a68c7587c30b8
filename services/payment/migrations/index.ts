import type { Migration } from 'kysely';
import { paymentTables } from './001-payments.js';
import { screeningTables } from './002-screening.js';
import { lateMoney } from './003-late-money.js';

export const migrations: Record<string, Migration> = {
  '001_payments': paymentTables,
  '002_screening': screeningTables,
  '003_late_money': lateMoney,
};
