import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findSystem } from '../../../tools/cli/find-system.js';
import { removeRunFile, writeRunFile } from '../../../tools/local/run-file.js';

const dataDir = mkdtempSync(join(tmpdir(), 'orderflow-system-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

const started = (url: string) =>
  writeRunFile(dataDir, {
    startedAt: new Date().toISOString(),
    parts: { api: { pid: process.pid, url } },
    serviceToken: 'of-run-json',
  });

it('a part is where the running system says, or where it last was while no system runs', () => {
  const system = findSystem({ dataDir, serviceUrls: {} });
  expect(() => system.url('api')).toThrow(/no running system/);
  started('http://127.0.0.1:1/');
  expect(system.url('api')).toBe('http://127.0.0.1:1');
  expect(() => system.url('inventory')).toThrow(/has no URL of the inventory/);
  removeRunFile(dataDir);
  expect(system.url('api')).toBe('http://127.0.0.1:1');
  started('http://127.0.0.1:2');
  expect(system.url('api')).toBe('http://127.0.0.1:2');
});

it('calls to the services use SERVICE_TOKEN, or else the token of the running system', () => {
  const token = (config: object) => findSystem({ dataDir, serviceUrls: {}, ...config }).serviceToken();
  removeRunFile(dataDir);
  expect(() => token({})).toThrow(/set SERVICE_TOKEN/);
  started('http://127.0.0.1:1');
  expect(token({})).toBe('of-run-json');
  expect(token({ serviceToken: 'of-the-environment' })).toBe('of-the-environment');
  expect(() => token({ orderflowUrl: 'http://elsewhere' })).toThrow(/set SERVICE_TOKEN/);
});
