import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type Axe from 'axe-core';
import { root } from '../../../tools/local/build.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Ignored by git. */
const screenshots = join(root, 'dist/screenshots');

export interface VisitorOptions {
  language?: string;
  theme?: 'light' | 'dark';
  width?: number;
}

/** A person with a browser of their own: no cookies, no storage, no cache of anybody else. */
export class Visitor {
  /** What the console says that should not be there, and errors that nobody catches. */
  readonly faults: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      // The browser itself reports each answer with an error status. Such answers are what some tests are about.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if ((message.type() === 'error' || message.type() === 'warning') && !isAnswer) this.faults.push(message.text());
    });
  }

  static async come(browser: Browser, url: string, options: VisitorOptions = {}): Promise<Visitor> {
    const { language = 'en-GB', theme = 'light', width = 1280 } = options;
    const context = await browser.newContext({
      locale: language,
      colorScheme: theme,
      viewport: { width, height: width < 600 ? 844 : 800 },
      timezoneId: 'Europe/Berlin',
    });
    context.setDefaultTimeout(20_000);
    return new Visitor(context, await context.newPage(), url);
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.url + path);
  }

  /** Cuts the browser off the network, or connects it again. */
  async setOffline(isOffline: boolean): Promise<void> {
    await this.context.setOffline(isOffline);
  }

  async signIn(key: string): Promise<void> {
    await this.page.getByLabel('API key').fill(key);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.page.getByRole('navigation').waitFor();
  }

  /** Keeps a picture of what the visitor sees in dist/screenshots. */
  async keep(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    const path = join(screenshots, `${name}.png`);
    await this.page.screenshot({ path, animations: 'disabled' });
  }

  /** Fails when axe finds something against WCAG 2.2 AA, or anything else that is serious: what people with a disability cannot use. */
  async expectAccessible(): Promise<void> {
    // The policy of the page takes no script from elsewhere; the debugger's is none of the page's.
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() =>
      // Off unless asked for, as the only rule of WCAG 2.2.
      (globalThis as unknown as { axe: typeof Axe }).axe.run({ rules: { 'target-size': { enabled: true } } }),
    );
    const serious = violations
      .filter(
        ({ impact, tags }) => impact === 'serious' || impact === 'critical' || tags.some((tag) => /^wcag2/.test(tag)),
      )
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`).join('\n')}`);
    expect(serious).toEqual([]);
  }

  async leave(): Promise<void> {
    await this.context.close();
    expect(this.faults).toEqual([]);
  }
}
