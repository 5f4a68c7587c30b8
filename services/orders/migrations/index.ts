import * as book from './001_book.js';

export const migrations = { '001_book': book };
