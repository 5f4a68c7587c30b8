import type { Migration } from 'kysely';
import { paymentTables } from './001-payments.js';
import { screeningTables } from './002-screening.js';

export const migrations: Record<string, Migration> = {
  '001_payments': paymentTables,
  '002_screening': screeningTables,
};
