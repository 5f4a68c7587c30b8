import * as bookings from './001_bookings.js';

export const migrations = { '001_bookings': bookings };
