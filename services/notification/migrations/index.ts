import * as outbox from './001-outbox.js';

/** By the name under which a database remembers that it has been applied: a name never changes. */
export const migrations = { '001_outbox': outbox };
