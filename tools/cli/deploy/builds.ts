import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { execa } from 'execa';
import { CannotRun } from '../command.js';
import { replayBundle } from '../replay/bundle.js';

/** The workflow code of a commit or of the working tree, ready to replay. */
export interface Build {
  /** For example `v0.2.0 (1a2b3c4d)`, or `the working tree`. */
  title: string;
  /** The folder with its workflows/, contracts/, test/replay/histories/ and test/replay/definitions/. */
  folder: string;
  /** Its packages are others than those of this checkout, with which it is bundled all the same. */
  hasOtherPackages: boolean;
  bundle: WorkflowBundle;
}

const taken = [
  'workflows',
  'contracts',
  'test/replay/histories',
  'test/replay/definitions',
  'package.json',
  'package-lock.json',
];

/**
 * Bundles the workflow code of a commit in a folder of its own, or that of the working tree where it is. Both are bundled from TypeScript,
 * with the packages of this checkout.
 *
 * @param ref any name that git knows; undefined for the working tree.
 * @param temporary an empty folder for what a commit has.
 */
export async function buildOf(ref: string | undefined, checkout: string, temporary: string): Promise<Build> {
  if (ref === undefined) {
    return {
      title: 'the working tree',
      folder: checkout,
      hasOtherPackages: false,
      bundle: await bundleIn(checkout, 'the working tree'),
    };
  }
  const commit = await git(checkout, ['rev-parse', '--verify', '--quiet', '--short=8', `${ref}^{commit}`]);
  if (commit === undefined) throw new CannotRun(`there is no commit "${ref}"; name a tag, a branch or a commit`);
  const folder = resolve(temporary);
  await mkdir(folder, { recursive: true });
  await extract(checkout, commit, folder);
  await symlink(resolve(checkout, 'node_modules'), join(folder, 'node_modules'));
  const lock = (root: string): Promise<string> => readFile(join(root, 'package-lock.json'), 'utf8').catch(() => '');
  const title = ref.startsWith(commit) || commit.startsWith(ref) ? commit : `${ref} (${commit})`;
  return {
    title,
    folder,
    hasOtherPackages: (await lock(folder)) !== (await lock(checkout)),
    bundle: await bundleIn(folder, title),
  };
}

/** The newest tag that HEAD contains; without tags, the commit at which HEAD left the main branch. */
export async function defaultBase(checkout: string): Promise<string> {
  const tag = await git(checkout, ['describe', '--tags', '--abbrev=0']);
  if (tag !== undefined) return tag;
  for (const main of ['origin/HEAD', 'origin/main', 'main']) {
    const base = await git(checkout, ['merge-base', 'HEAD', main]);
    if (base !== undefined) return base;
  }
  throw new CannotRun(
    'there is no tag and no main branch to compare with; name a commit: npm run safe-to-deploy -- BASE',
  );
}

async function extract(checkout: string, commit: string, folder: string): Promise<void> {
  const there = (await git(checkout, ['ls-tree', '--name-only', commit, '--', ...taken]))?.split('\n') ?? [];
  if (!there.includes('workflows')) throw new CannotRun(`${commit} has no folder workflows/`);
  const { stdout } = await execa('git', ['archive', '--format=tar', commit, '--', ...there], {
    cwd: checkout,
    encoding: 'buffer',
  });
  await execa('tar', ['-x', '-C', folder], { input: stdout });
}

/** Bundling takes seconds, and both builds often have the same code: a change of a service, or of a history alone. */
const bundled = new Map<string, Promise<WorkflowBundle>>();

/** Of all files that may be in a bundle, with their names. */
async function digestOf(folder: string): Promise<string> {
  const digest = createHash('sha256');
  for (const part of ['workflows', 'contracts']) {
    const names = await readdir(join(folder, part), { recursive: true });
    for (const name of names.filter((each) => /\.(ts|js|json)$/.test(each)).sort()) {
      digest
        .update(`${part}/${name}\0`)
        .update(await readFile(join(folder, part, name)))
        .update('\0');
    }
  }
  return digest.digest('hex');
}

async function bundleIn(folder: string, title: string): Promise<WorkflowBundle> {
  const entry = join(folder, 'workflows/index.ts');
  if (!existsSync(entry)) {
    throw new CannotRun(`${title} has no workflows/index.ts; run this in the folder of the checkout`);
  }
  try {
    const code = await digestOf(folder);
    const bundle = bundled.get(code) ?? replayBundle(entry);
    bundled.set(code, bundle);
    return await bundle;
  } catch (error) {
    throw new CannotRun(`the workflow code of ${title} cannot be bundled: ${(error as Error).message}`);
  }
}

/** What git answers; undefined when it refuses. */
async function git(cwd: string, args: string[]): Promise<string | undefined> {
  const { failed, stdout, code } = await execa('git', args, { cwd, reject: false });
  if (code === 'ENOENT') throw new CannotRun('there is no git on PATH; it is needed to read the released code');
  return failed || stdout === '' ? undefined : stdout;
}
