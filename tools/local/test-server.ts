import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { userEnvironment } from '../../src/config/index.js';
import { cacheDir } from './cache.js';
import { withLock } from './lock.js';
import { showProgress } from './progress.js';
import { readLines } from './read-lines.js';
import { downloadBySdk, isExecutable, onPath } from './temporal-cli.js';

const version = '1.38.0';

/**
 * Finds Temporal's time-skipping test server: in the user's cache, from the SDK's download, or from Maven Central (run by
 * Java behind a script).
 *
 * @returns a path for `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 * @throws {Error} that says what was tried and what a person can do.
 */
export async function findTestServer(): Promise<string> {
  const cached = join(cacheDir(), `temporal-test-server-${version}`, 'temporal-test-server');
  const there = await isExecutable(cached);
  if (there) return there;
  const waiting = () => process.stderr.write('Another process is fetching the Temporal test server; waiting for it.\n');
  return withLock(`${dirname(cached)}.lock`, waiting, async () => {
    const meanwhile = await isExecutable(cached);
    if (meanwhile) return meanwhile;
    await mkdir(dirname(cached), { recursive: true });
    const problems: string[] = [];
    for (const get of [download, fromMaven]) {
      try {
        await get(cached);
        return cached;
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    throw new Error(
      `No Temporal test server:\n  ${problems.join('\n  ')}\n` +
        'Install Java 11 or later and Maven, or allow the download from temporal.download.',
    );
  });
}

async function download(target: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  await downloadBySdk('the Temporal test server', target, (downloadDir) =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'cached-download', downloadDir } } }),
  );
}

/** Its jars are copied into the cache, so that it outlives a cleaned Maven repository. */
async function fromMaven(target: string): Promise<void> {
  const [java, maven] = await Promise.all([onPath('java'), onPath('mvn')]);
  if (!java || !maven) throw new Error('Java and Maven, which could fetch and run it, are not both on PATH');
  const dir = await mkdtemp(`${target}-`);
  const progress = showProgress('Fetching the Temporal test server from Maven Central (once, about a minute)');
  let fetched = 0;
  try {
    await writeFile(join(dir, 'pom.xml'), pom);
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
    const args = ['-B', '-f', join(dir, 'pom.xml'), goal, `-DoutputDirectory=${join(dir, 'jars')}`];
    await readLines(maven, args, userEnvironment(), (line) => {
      if (line.includes('Downloaded from')) progress.update(`${(fetched += 1)} files`);
    });
    const jars = join(dirname(target), 'jars');
    await rm(jars, { recursive: true, force: true });
    await rename(join(dir, 'jars'), jars);
    await writeFile(join(dir, 'run'), script);
    await chmod(join(dir, 'run'), 0o755);
    // Last: what stands at the target is whole.
    await rename(join(dir, 'run'), target);
  } catch (cause) {
    throw new Error(`Maven could not fetch io.temporal:temporal-test-server:${version}: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    progress.done();
    await rm(dir, { recursive: true, force: true });
  }
}

/** `exec`, so that the signal which ends the script ends Java. The flags spare a short-lived server the costly compiler. */
const script = `#!/bin/sh
dir=$(cd "$(dirname "$0")" && pwd)
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$dir/jars/*" io.temporal.testserver.TestServer "$@"
`;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>orderflow</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;
