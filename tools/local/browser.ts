import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { chromium, type Browser } from 'playwright-core';
import { cacheDir } from './cache.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const downloadMs = 240_000;

/** Nothing that a browser does for its vendor, and what it needs to run as root in a container. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Finds a Chromium or Chrome: an installed one, or else Playwright's own download, or else, as root on Debian, the system's package.
 *
 * @returns its path; undefined where there is none, with the reason on the console
 * @throws {Error} in CI, where nothing that needs a browser may be left out
 */
export async function findBrowser(): Promise<string | undefined> {
  const found = installed() ?? (await downloaded()) ?? (await packaged());
  if (found !== undefined) return found;
  const reason =
    'There is no Chromium or Chrome, and none could be downloaded: what needs a browser is skipped. Install one.';
  if (process.env.CI) throw new Error(reason);
  console.warn(reason);
  return undefined;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args, headless: true });
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...applications, ...folders.flatMap((folder) => names.map((name) => join(folder, name)))].find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function downloaded(): Promise<string | undefined> {
  if (existsSync(chromium.executablePath())) return chromium.executablePath();
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  const { failed } = await execa(process.execPath, [cli, 'install', 'chromium'], {
    reject: false,
    timeout: downloadMs,
  });
  return !failed && existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/** Test files and test runs stand beside each other: the first one installs it, the others wait, as they do for any other apt. */
async function packaged(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !isDebian()) return undefined;
  const install =
    'command -v chromium || { apt-get update; apt-get -o DPkg::Lock::Timeout=200 install --yes chromium; }';
  // Each test run has a temporary folder of its own; the cache is the same for all.
  await mkdir(cacheDir(), { recursive: true });
  await execa('flock', [join(cacheDir(), 'chromium.lock'), 'sh', '-c', install], {
    reject: false,
    timeout: downloadMs,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  return installed();
}

function isDebian(): boolean {
  try {
    return /^(ID|ID_LIKE)=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
