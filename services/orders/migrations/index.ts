import * as book from './0001-book.js';

export const migrations = { '0001-book': book };
