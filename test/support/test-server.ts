import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { userEnvironment } from '../../src/config/index.js';
import { cacheDir } from '../../tools/local/cache.js';
import { downloadBySdk, executable, fetchOnce, onPath, runLongCommand } from '../../tools/local/executables.js';
import { showElapsed } from '../../tools/progress.js';

const version = '1.38.0';

/**
 * Finds Temporal's time-skipping test server: in the user's cache, from the SDK's download, or from Maven Central (a script
 * then runs it with Java).
 *
 * @returns the path of a program that takes a port.
 * @throws {Error} with the attempts, and with what you can do.
 */
export async function findTestServer(): Promise<string> {
  const cached = join(cacheDir(), `temporal-test-server-${version}`, 'temporal-test-server');
  const there = await executable(cached);
  if (there) return there;
  try {
    return await fetchOnce(cached, 'the Temporal test server', [download, fetchFromMaven]);
  } catch (cause) {
    throw new Error(
      `No Temporal test server:\n  ${(cause as Error).message}\n` +
        'Install Java 11 or later and Maven, or allow the download from temporal.download.',
      { cause },
    );
  }
}

async function download(file: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  await downloadBySdk('the Temporal test server', file, (downloadDir) =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'cached-download', downloadDir } } }),
  );
}

/** Downloads the server with Maven and copies its jars into the cache, so that it survives a cleaned Maven repository. */
async function fetchFromMaven(target: string): Promise<void> {
  const [java, maven] = await Promise.all([onPath('java'), onPath('mvn')]);
  if (!java || !maven) throw new Error('Java and Maven, which could fetch and run it, are not both on PATH');
  const dir = await mkdtemp(`${target}-`);
  const progress = showElapsed('Fetching the Temporal test server from Maven Central (once, about a minute)');
  let fetched = 0;
  try {
    await writeFile(join(dir, 'pom.xml'), pom);
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
    const args = ['-B', '-f', join(dir, 'pom.xml'), goal, `-DoutputDirectory=${join(dir, 'jars')}`];
    await runLongCommand(maven, args, userEnvironment(), (line) => {
      if (line.includes('Downloaded from')) progress.update(`${(fetched += 1)} files`);
    });
    const jars = join(dirname(target), 'jars');
    await rm(jars, { recursive: true, force: true });
    await rename(join(dir, 'jars'), jars);
    await writeFile(join(dir, 'run'), script);
    await chmod(join(dir, 'run'), 0o755);
    // The rename comes last, so that the target is always complete.
    await rename(join(dir, 'run'), target);
  } catch (cause) {
    throw new Error(`Maven could not fetch io.temporal:temporal-test-server:${version}: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    progress.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs the server. With `exec` the signal that ends the script ends Java. The flags avoid the costly compiler. */
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
