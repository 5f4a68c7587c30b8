import * as stock from './001-stock.js';
import * as demoStock from './002-demo-stock.js';

/** By the name under which a database remembers that it has been applied: a name never changes. */
export const migrations = { '001_stock': stock, '002_demo_stock': demoStock };
