import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serviceNames, serviceUrlSettings, services, settings } from '../../src/config/index.js';
import { createActivities, type ServiceUrls } from '../../src/worker/activities.js';
import { read, root } from '../delivery/markdown.js';
import { serviceToken } from '../support/service-token.js';

it('the registry has exactly the programs of services/', () => {
  const programs = readdirSync(join(root, 'services')).filter((folder) =>
    existsSync(join(root, 'services', folder, 'main.ts')),
  );
  expect([...serviceNames].sort()).toEqual(programs.sort());
});

it('every service has the same files', () => {
  const shape = ['client.ts', 'contract.ts', 'main.ts', 'migrations/index.ts', 'routes.ts', 'service.ts'];
  const missing = serviceNames.flatMap((name) =>
    shape.map((file) => `services/${name}/${file}`).filter((path) => !existsSync(join(root, path))),
  );
  expect(missing).toEqual([]);
});

it('each service reads only settings that exist', () => {
  const known = settings.map(({ name }) => name as string);
  for (const name of serviceNames) expect(known).toEqual(expect.arrayContaining([...services[name].settings]));
});

it('the worker has activities for each service, with names that begin with the service', async () => {
  const urls = Object.fromEntries(serviceNames.map((name) => [name, 'http://127.0.0.1:1'])) as ServiceUrls;
  const activities = createActivities(urls, serviceToken);
  await activities.close();
  const { byService } = activities;
  expect(Object.keys(byService)).toEqual(serviceNames);
  for (const [service, operations] of Object.entries(byService)) {
    expect(Object.keys(operations).length).toBeGreaterThan(0);
    for (const type of Object.keys(operations)) expect(type).toMatch(`${service}.`);
  }
});

it('the pages that explain the system name each service', () => {
  for (const page of ['README.md', 'docs/architecture.md', 'docs/configuration.md']) {
    for (const name of serviceNames) expect(read(page), page).toMatch(new RegExp(`\\b${name}\\b`, 'i'));
  }
  for (const name of serviceUrlSettings) expect(read('.env.example')).toContain(`#${name}=`);
});

it('no other file of the product lists the services', () => {
  const files = execFileSync('git', ['ls-files', 'src', 'tools', 'services', 'deploy', 'docker-compose.yml', '.ci'], {
    cwd: root,
    encoding: 'utf8',
  });
  const names = serviceNames.map((name) => new RegExp(`\\b${name}(\\b|_|Client|Activities)`, 'i'));
  const lists = files
    .trim()
    .split('\n')
    // A life names the calls that it is about, not the services that there are.
    .filter((file) => !file.startsWith('tools/cli/lives/'))
    // The checker shares nothing with the product, and judges the tables that it knows.
    .filter((file) => !file.startsWith('tools/check/'))
    .filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return names.every((name) => name.test(text));
    });
  // test/delivery/compose.test.ts compares the YAML files with the registry. The compiler checks the tables of the worker and of the simulation.
  expect(lists).toEqual([
    'deploy/publish-services.yml',
    'docker-compose.yml',
    'src/config/services.ts',
    'src/worker/activities.ts',
    'tools/simulate/services/index.ts',
    'tools/simulate/services/tables.ts',
    'tools/simulate/world/simulated-parts.ts',
  ]);
});
