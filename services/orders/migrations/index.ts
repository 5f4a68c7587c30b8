import * as book from './001_book.js';
import * as returns from './002_returns.js';
import * as latePayments from './003_late_payments.js';

export const migrations = { '001_book': book, '002_returns': returns, '003_late_payments': latePayments };
