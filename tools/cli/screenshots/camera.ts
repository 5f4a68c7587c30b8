import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface View {
  language?: string;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

/** @returns whether the browser has a font with these letters: without one, all of them look like the same box. */
export async function canWrite(browser: Browser, letters: string): Promise<boolean> {
  const page = await browser.newPage();
  try {
    const looks: string[] = await page.evaluate(`[...${JSON.stringify(letters)}].map((letter) => {
      const canvas = document.createElement('canvas');
      const pen = canvas.getContext('2d');
      pen.font = '40px sans-serif';
      pen.fillText(letter, 10, 60);
      return canvas.toDataURL();
    })`);
    return new Set(looks).size === letters.length;
  } finally {
    await page.close();
  }
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
