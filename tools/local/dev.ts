import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { serviceNames, userEnvironment } from '../../src/config/index.js';
import type { SystemConsole } from './console.js';
import { changedFiles, filesOf, hashesBelow, type PartCode } from './part-code.js';
import { programs } from './parts.js';
import type { PartName } from './run-file.js';
import { runSystem } from './start.js';
import type { System } from './system.js';

// `npm run dev`: runs the system and a compiler that watches the sources. After each compilation without errors, the parts whose compiled
// code changed are restarted. Temporal, PostgreSQL and all data stay.

const code: Partial<Record<PartName, PartCode>> = {
  ...Object.fromEntries(serviceNames.map((name) => [name, { entry: join(programs, `services/${name}/main.js`) }])),
  worker: {
    entry: join(programs, 'src/worker/main.js'),
    folders: ['workflows', 'contracts'].map((folder) => join(programs, folder)),
  },
  api: { entry: join(programs, 'src/api/main.js') },
};

async function watch(system: System, output: SystemConsole, asked: AbortSignal): Promise<void> {
  const tsc = join(programs, '../node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput', '--pretty', 'false'];
  const compiler = execa(process.execPath, args, {
    cwd: dirname(programs),
    env: userEnvironment(),
    stdin: 'ignore',
    stderr: 'inherit',
    buffer: false,
    reject: false,
    cancelSignal: asked,
  });
  let before = hashesBelow(programs);
  for await (const line of compiler.iterable()) {
    const errors = /Found (\d+) errors?\. Watching/.exec(line)?.[1];
    if (errors === undefined) {
      if (line.trim() && !line.includes('Starting ')) output.line(undefined, line);
      continue;
    }
    if (errors !== '0') {
      output.line(undefined, `${errors} errors: the parts keep running their present code`);
      continue;
    }
    const after = hashesBelow(programs);
    await reload(system, output, changedFiles(before, after));
    before = after;
  }
  if (!asked.aborted) throw new Error('the compiler ended by itself');
}

async function reload(system: System, output: SystemConsole, changed: Set<string>): Promise<void> {
  if (changed.size === 0) return;
  const parts = (Object.keys(code) as PartName[]).filter((name) => {
    const files = filesOf(code[name] as PartCode);
    return system.parts.includes(name) && [...changed].some((file) => files.has(file));
  });
  output.line(undefined, parts.length ? `changed: ${parts.join(', ')}; restarting` : 'no running part changed');
  const results = await Promise.allSettled(parts.map((name) => system.restartPart(name)));
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') return;
    output.line(parts[index], `${(result.reason as Error).message}\nwaiting for a change that fixes it`);
  });
}

process.exit(await runSystem(watch));
