// Ends the programs that a test run leaves running, however the run ends. global-setup.ts starts `node reaper.mjs` in a session of its own.
// The first line of its input is the folder of the run. The input ends when the run ends, also when the run is killed.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const graceMs = 5_000;

// A signal that ends the run, such as Ctrl-C, must not end its reaper.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
const run = process.ppid;
let folder = '';
for await (const line of createInterface({ input: process.stdin })) folder ||= line;
if (folder !== '') {
  const left = await end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (left.length)
    process.stderr.write(`the test run left these running, and they were ended:\n  ${left.join('\n  ')}\n`);
}

/** Asks all programs of the run to end, and kills those that do not. */
async function end() {
  const told = new Map();
  for (const until = Date.now() + graceMs; ;) {
    const found = processesOfTheRun();
    if (found.length === 0) return [...told.values()];
    const patient = Date.now() < until;
    for (const { pid, command } of found) {
      if (patient && told.has(pid)) continue;
      told.set(pid, `${pid} ${command}`);
      send(pid, patient ? 'SIGTERM' : 'SIGKILL');
    }
    await sleep(50);
  }
}

/** Finds the programs that have the folder of the run as their TMPDIR, or work on files below it. */
function processesOfTheRun() {
  const all = process.platform === 'linux' ? processesByProc() : processesByPs();
  return all.filter(
    ({ pid, command, environment }) =>
      pid !== process.pid && pid !== run && (environment.includes(`TMPDIR=${folder}`) || command.includes(folder)),
  );
}

function processesByProc() {
  const read = (file) => {
    try {
      return readFileSync(file, 'utf8').split('\0').join(' ').trim();
    } catch {
      return ''; // It has ended, or belongs to another user.
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  // A zombie has neither environment nor command.
  return pids.map((pid) => ({
    pid: Number(pid),
    command: read(`/proc/${pid}/cmdline`),
    environment: read(`/proc/${pid}/environ`),
  }));
}

/** Lists the programs with `ps -E`, which prints the environment after the command. */
function processesByPs() {
  const output = execFileSync('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1e8 });
  return output.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return pid ? [{ pid: Number(pid), command: command.slice(0, 200), environment: command }] : [];
  });
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
