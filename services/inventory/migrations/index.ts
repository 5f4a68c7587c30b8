import type { Migration } from 'kysely';
import { stockTables } from './001-stock.js';
import { demoStock } from './002-demo-stock.js';

export const migrations: Record<string, Migration> = {
  '001_stock': stockTables,
  '002_demo_stock': demoStock,
};
