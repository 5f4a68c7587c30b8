import * as book from './001-book.js';
import * as returns from './002-returns.js';
import * as latePayments from './003-late-payments.js';
import * as orderCounts from './004-order-counts.js';
import * as search from './005-search.js';
import * as bulk from './006-bulk.js';
import * as insights from './007-insights.js';
import * as notes from './008-notes.js';
import * as lateViews from './009-late-views.js';

/** By the name under which a database remembers that it has been applied: a name never changes. */
export const migrations = {
  '001_book': book,
  '002_returns': returns,
  '003_late_payments': latePayments,
  '004_order_counts': orderCounts,
  '005_search': search,
  '006_bulk': bulk,
  '007_insights': insights,
  '008_notes': notes,
  '009_late_views': lateViews,
};
