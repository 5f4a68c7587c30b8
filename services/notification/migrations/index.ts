import * as outbox from './001_outbox.js';

export const migrations = { '001_outbox': outbox };
