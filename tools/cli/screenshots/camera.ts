import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface View {
  language?: string;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

/** A browser window that is signed in, and keeps pictures of what it shows. */
export class Camera {
  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
    private readonly folder: string,
  ) {}

  static async open(
    browser: Browser,
    { url, key, folder }: { url: string; key: string; folder: string },
    { language = 'en-GB', theme = 'light', width = 1120, height = 700 }: View = {},
  ): Promise<Camera> {
    const context = await browser.newContext({
      locale: language,
      colorScheme: theme,
      viewport: { width, height },
      timezoneId: 'Europe/Berlin',
    });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('input[name="key"]').fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').waitFor();
    return new Camera(context, page, url, folder);
  }

  async goTo(path: string): Promise<void> {
    await this.page.goto(this.url + path);
    await this.page.locator('.live-live').waitFor();
  }

  /** @param name of the picture, without the ending. */
  async take(name: string): Promise<void> {
    await this.page.screenshot({ path: join(this.folder, `page-${name}.png`), animations: 'disabled' });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
