import * as payments from './001-payments.js';
import * as screening from './002-screening.js';
import * as lateMoney from './003-late-money.js';
import * as screeningDays from './004-screening-days.js';

/** By the name under which a database remembers that it has been applied: a name never changes. */
export const migrations = {
  '001_payments': payments,
  '002_screening': screening,
  '003_late_money': lateMoney,
  '004_screening_days': screeningDays,
};
