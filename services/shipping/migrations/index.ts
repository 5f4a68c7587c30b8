import * as bookings from './001-bookings.js';

/** By the name under which a database remembers that it has been applied: a name never changes. */
export const migrations = { '001_bookings': bookings };
