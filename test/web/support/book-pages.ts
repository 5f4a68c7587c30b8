import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../../tools/local/browser.js';
import { ensurePageBuilt } from '../../../tools/local/build.mjs';
import { nowhere, startApi, type ApiOnly } from '../../api/support/system.js';
import { startBook, type TestBook } from '../../services/orders/book.js';
import { Visitor, type VisitorOptions } from './visitor.js';

/** An order book, an API without Temporal, and a browser: enough for the pages that read from the book alone. */
export class BookPages {
  private constructor(
    readonly book: TestBook,
    readonly browser: Browser,
    private current: ApiOnly,
  ) {}

  /** @param fill puts orders into the book before the API starts. */
  static async open(
    executable: string,
    fill: (book: TestBook) => Promise<void> = () => Promise.resolve(),
  ): Promise<BookPages> {
    await ensurePageBuilt();
    const book = await startBook();
    await fill(book);
    const [api, browser] = await Promise.all([startApi(nowhere, book.url), launchBrowser(executable)]);
    return new BookPages(book, browser, api);
  }

  get api(): ApiOnly {
    return this.current;
  }

  /** Starts an API on the port of the one that a test has closed. */
  async startAgain(env: Record<string, string> = {}): Promise<void> {
    const { port } = new URL(this.current.url);
    this.current = await startApi(nowhere, this.book.url, { PORT: port, ...env });
  }

  /** Opens a page as somebody who has just signed in. */
  async visit(path: string, key: string, options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = await Visitor.come(this.browser, this.current.url, options);
    await visitor.open(path);
    await visitor.signIn(key);
    return visitor;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.current.close();
    await this.book.close();
  }
}
