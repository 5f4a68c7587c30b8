import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, serviceNames, serviceUrlSettings, settings } from '../../src/config/index.js';
import { root } from './markdown.js';

interface Container {
  image: string;
  build?: string;
  command?: string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  networks?: string[];
  mem_limit?: string;
  cpus?: number;
  pids_limit?: number;
  security_opt?: string[];
}

const file = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const containers = Object.entries(
  (parse(file, { merge: true }) as { services: Record<string, Container> }).services,
).map(([name, container]) => ({ name, ...container }));
const parts = containers.filter(({ build }) => build !== undefined);
const others = containers.filter(({ build }) => build === undefined);

function passwordNameOf(role: string): string {
  return `${role.toUpperCase()}_DB_PASSWORD`;
}

/** The variables that an operator must set. */
const given: Record<string, string> = {
  API_KEYS: 'a-key-of-the-demo-shop:demo:shop,a-key-of-an-operator:*:operator',
  PAYMENT_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 'p').toString('base64')}`,
  CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 'c').toString('base64')}`,
  SERVICE_TOKEN: 'a-token-of-letters-and-digits',
  POSTGRES_PASSWORD: 'letters0and1digits',
  ...Object.fromEntries(['temporal', ...serviceNames].map((name) => [passwordNameOf(name), `letters0of1${name}`])),
};

/** `${NAME}`, `${NAME:-default}` and `${NAME:?why}`, as Compose replaces them. */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest?: string) => {
    const value = env[name];
    if (value) return value;
    if (kind === '?') throw new Error(`${name}: ${rest}`);
    return kind === '-' ? rest! : '';
  });
}

const environmentOf = ({ environment = {} }: Container, env = given): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolate(value, env)]));

/** The source of the program that a container runs. */
function sourceOf({ command = [] }: Container): string {
  const entry = command.find((word) => word.startsWith('dist/'))!;
  return entry.replace(/^dist\//, '').replace(/\.js$/, '.ts');
}

/** Addresses for browsers, so they name no container. */
const forPeople = ['PUBLIC_URL', 'TEMPORAL_UI_URL'];
const secrets = settings.filter(({ secret }) => secret).map(({ name }) => name as string);
const known = new Set<string>(settings.map(({ name }) => name));

describe.each(parts)('the container $name', (container) => {
  it('runs a program of this repository', () => {
    expect(existsSync(join(root, sourceOf(container)))).toBe(true);
    expect(container.command?.[0]).toBe('node');
  });

  it('sets only variables that the configuration knows', () => {
    expect(Object.keys(container.environment ?? {}).filter((name) => !known.has(name))).toEqual([]);
  });

  it('has all settings that its program requires', () => {
    const needs = /loadConfigOrExit\(\[([^\]]*)\]\)/.exec(readFileSync(join(root, sourceOf(container)), 'utf8'))![1]!;
    const names = [...needs.matchAll(/'(\w+)'/g)].map((match) => match[1]!);
    if (needs.includes('...serviceUrlSettings')) names.push(...serviceUrlSettings);
    expect(names.length).toBeGreaterThan(0);
    expect(() => loadConfig(environmentOf(container), names as never)).not.toThrow();
  });

  it('holds no secret and no way to become root', () => {
    const { environment = {} } = container;
    for (const name of secrets.filter((each) => each in environment)) expect(environment[name]).toMatch(/\$\{\w+:[?-]/);
    expect(container).toMatchObject({ user: 'node', read_only: true, cap_drop: ['ALL'] });
  });

  it('has addresses of other containers at which they listen', () => {
    const urls = Object.entries(environmentOf(container)).filter(([name]) => /_URL$|_ADDRESS$/.test(name));
    for (const [name, value] of urls.filter(([name, value]) => value !== '' && !forPeople.includes(name))) {
      const { hostname, port } = new URL(value.includes('://') ? value : `tcp://${value}`);
      const target = containers.find((each) => each.name === hostname);
      expect(target, `${name} of ${container.name} names ${hostname}`).toBeDefined();
      const listens = target?.environment?.PORT ?? { postgres: '5432', temporal: '7233' }[hostname];
      expect(port, name).toBe(listens);
    }
  });

  it('has a health check at a route that exists', () => {
    const { test: [, ...command] = [] } = container.healthcheck ?? {};
    expect(command.slice(0, 2)).toEqual(['node', '-e']);
    const route = /http:\/\/[\w.]+:3000(\/[\w/]+)/.exec(command[2]!)![1];
    expect(route).toBe({ api: '/health/live', worker: '/health/ready' }[container.name] ?? '/health');
    expect(() => new Script(command[2]!)).not.toThrow();
  });
});

it('every program has a container, and so has each service of the registry', () => {
  const programs = ['src/api/main.ts', 'src/worker/main.ts', ...serviceNames.map((name) => `services/${name}/main.ts`)];
  expect(parts.map(sourceOf).sort()).toEqual(programs.sort());
});

it('each variable from outside is a setting, or is only for the containers', () => {
  const names = new Set([...file.matchAll(/\$\{(\w+)/g)].map((match) => match[1]!));
  const ofTheContainers = /^(POSTGRES_PASSWORD|[A-Z]+_DB_PASSWORD|TEMPORAL_RETENTION)$/;
  expect([...names].filter((name) => !known.has(name) && !ofTheContainers.test(name))).toEqual([]);
});

it.each(Object.keys(given))('nothing starts without %s', (name) => {
  const { [name]: _, ...rest } = given;
  expect(() => interpolate(file, rest)).toThrow(name);
});

it('images are pinned', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  for (const { image } of parts) expect(image).toBe(`orderflow:${version}`);
  for (const { image } of others) expect(image).toMatch(/^[\w/-]+:\d+\.\d+(\.\d+)?$/);
});

it('every port is published on loopback only', () => {
  const ports = containers.flatMap(({ ports: each = [] }) => each);
  expect(ports.length).toBeGreaterThan(0);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  const published = ports.map((port) => interpolate(port, given).split(':')[1]);
  expect(new Set(published).size).toBe(published.length);
});

it.each(containers)('$name has limits, and no rights that it does not need', (container) => {
  expect(container.mem_limit).toMatch(/^\d+[mg]$/);
  expect(container.cpus).toBeGreaterThan(0);
  expect(container.pids_limit).toBeGreaterThan(0);
  expect(container).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
});

const services = serviceNames.map((name) => parts.find((part) => part.name === name)!);
const sharing = ({ name, networks = [] }: (typeof containers)[number]) =>
  containers
    .filter((other) => other.name !== name && other.networks?.some((network) => networks.includes(network)))
    .map((other) => other.name)
    .sort();

it.each(services)('only the worker, the API and its database share a network with $name', (service) => {
  expect(service.ports).toBeUndefined();
  expect(sharing(service)).toEqual(['api', 'postgres', 'worker']);
});

it('only the services and Temporal share a network with PostgreSQL', () => {
  const database = containers.find(({ name }) => name === 'postgres')!;
  expect(sharing(database)).toEqual([...services.map(({ name }) => name), 'temporal', 'temporal-schema'].sort());
});

it('no program is a superuser of PostgreSQL, or has the password of another one', () => {
  const owners = parts.flatMap((part) => {
    const { DATABASE_URL } = environmentOf(part);
    return DATABASE_URL === undefined ? [] : [new URL(DATABASE_URL)];
  });
  expect(owners.map(({ username }) => username).sort()).toEqual(services.map(({ name }) => name).sort());
  expect(new Set(owners.map(({ password }) => password)).size).toBe(owners.length);
});

it('PostgreSQL creates a role and a database for each service and for Temporal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orderflow-test-roles-'));
  try {
    // Replaces psql: prints its arguments, and the SQL that it reads.
    writeFileSync(join(folder, 'psql'), '#!/bin/sh\nfor each; do echo "$each"; done; cat\n', { mode: 0o755 });
    const database = environmentOf(containers.find(({ name }) => name === 'postgres')!);
    const output = execFileSync('sh', [join(root, 'deploy/postgres/make-roles.sh')], {
      env: { ...database, PATH: `${folder}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    const roles = [...output.matchAll(/--set=role=(.+)\n--set=password=(.+)\ncreate role/g)].map((match) => [
      match[1]!,
      match[2]!,
    ]);
    expect(Object.fromEntries(roles)).toEqual(
      Object.fromEntries(['temporal', ...serviceNames].map((name) => [name, given[passwordNameOf(name)]])),
    );
    const owners = [...output.matchAll(/--set=role=(.+)\n--set=database=(.+)\ncreate database/g)].map((match) => [
      match[2]!,
      match[1]!,
    ]);
    const wanted = services.map((each) => new URL(environmentOf(each).DATABASE_URL!));
    expect(Object.fromEntries(owners)).toEqual({
      temporal: 'temporal',
      temporal_visibility: 'temporal',
      ...Object.fromEntries(wanted.map(({ pathname, username }) => [pathname.slice(1), username])),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('deploy/make-secrets.sh sets all required variables, with new values each time', () => {
  const make = () =>
    Object.fromEntries(
      execFileSync('sh', [join(root, 'deploy/make-secrets.sh')], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ) as Record<string, string>;
  const made = make();
  expect(Object.keys(made).sort()).toEqual(Object.keys(given).sort());
  const again = make();
  for (const [name, value] of Object.entries(made)) expect(again[name], name).not.toBe(value);
});

it('deploy/publish-services.yml publishes the services, on loopback', () => {
  const { services: published } = parse(readFileSync(join(root, 'deploy/publish-services.yml'), 'utf8')) as {
    services: Record<string, { ports: string[] }>;
  };
  expect(Object.keys(published).sort()).toEqual(services.map(({ name }) => name).sort());
  const ports = Object.values(published).flatMap(({ ports: each }) => each);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:400\d:3000$/);
  expect(new Set(ports).size).toBe(services.length);
});

it('each container waits for a state that the other one can reach', () => {
  for (const { name, depends_on: on = {} } of containers) {
    for (const [other, { condition }] of Object.entries(on)) {
      const target = containers.find((each) => each.name === other);
      expect(target, `${name} waits for ${other}`).toBeDefined();
      if (condition === 'service_healthy') expect(target?.healthcheck, other).toBeDefined();
    }
  }
});

it('the files that are mounted from the repository exist', () => {
  const mounted = containers.flatMap(({ volumes = [] }) => volumes).filter((volume) => volume.startsWith('./'));
  expect(mounted.length).toBeGreaterThan(0);
  for (const volume of mounted) expect(existsSync(join(root, volume.split(':')[0]!)), volume).toBe(true);
  const scripts = containers
    .flatMap(({ command = [] }) => command)
    .filter((word) => String(word).startsWith('/set-up/'));
  expect(scripts.length).toBe(2);
  for (const script of scripts) {
    expect(existsSync(join(root, 'deploy/temporal', script.slice('/set-up/'.length))), script).toBe(true);
  }
});

describe('the Dockerfile', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));

  it('copies only files that exist and that are sent to the build', () => {
    const sent = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(sent, path).toContain(`!${path}`);
    }
  });

  it('copies everything that is compiled except tools/ and bench/, which need a checkout', () => {
    const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
    expect(include.filter((folder) => !copied.includes(`${folder}/`))).toEqual(['tools', 'bench']);
  });

  it('ends with a program of this repository, as an unprivileged user on a pinned image', () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last).toContain('USER node');
    const [, entry] = /^CMD .*"dist\/(.+)\.js"\]$/.exec(last.filter((line) => line.startsWith('CMD'))[0]!)!;
    expect(existsSync(join(root, `${entry}.ts`))).toBe(true);
    expect(lines.find((line) => line.startsWith('ARG NODE_IMAGE='))).toMatch(/:\d+\.\d+\.\d+-/);
  });
});
