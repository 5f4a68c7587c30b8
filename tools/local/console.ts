import { prettyFactory } from 'pino-pretty';
import type { PartName } from './run-file.js';
import type { PartState } from './supervisor.js';

const colours = [36, 35, 33, 32, 34, 96, 95, 92];
const width = 12;
const warn = 40;
/** Lines that are no log entries, and say only that a part starts as it always does. */
const usual: Partial<Record<PartName, RegExp>> = {
  postgres: / LOG: {2}/,
  temporal: /^$|^(CLI|Server:|UI:|Metrics:)\s/,
};

/**
 * Prints the lines of all parts, each behind the name of its part. Elsewhere than on a terminal the lines are as the parts wrote them. A
 * person at a terminal sees the start as a line for each part that is up, and log entries in words.
 */
export class SystemConsole {
  private readonly names = new Map<string, string>();
  private readonly began = performance.now();
  private readonly pretty: (entry: object) => string;
  private starting = true;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    this.pretty = prettyFactory({
      colorize: true,
      singleLine: true,
      ignore: 'pid,hostname,name',
      translateTime: 'SYS:HH:MM:ss',
    });
  }

  line(part: PartName | undefined, text: string): void {
    for (const line of text.split('\n')) this.print(part, this.out.isTTY ? this.readable(part, line) : line);
  }

  /** What becomes of a part, which is worth a line while the system starts. */
  state(part: PartName, state: PartState): void {
    if (!this.out.isTTY || !this.starting || state !== 'up') return;
    this.print(part, `up after ${((performance.now() - this.began) / 1000).toFixed(1)} s`);
  }

  /** From here on the parts' own reports are shown too. */
  started(): void {
    this.starting = false;
  }

  private print(part: PartName | undefined, text: string | undefined): void {
    for (const line of text?.split('\n') ?? []) this.out.write(`${this.prefix(part ?? 'orderflow')} ${line}\n`);
  }

  private prefix(name: string): string {
    const known = this.names.get(name);
    if (known) return known;
    const plain = `${name.padEnd(width)} |`;
    const colour = colours[this.names.size % colours.length];
    const prefix = this.out.isTTY ? `\u001b[${colour}m${plain}\u001b[0m` : plain;
    this.names.set(name, prefix);
    return prefix;
  }

  /** @returns undefined for what only says that a part goes its usual way while the system starts. */
  private readable(part: PartName | undefined, line: string): string | undefined {
    const entry = logEntry(line);
    if (!entry) return this.starting && part && usual[part]?.test(line) ? undefined : line;
    if (this.starting && entry.level < warn) return undefined;
    return this.pretty(entry).trimEnd();
  }
}

/** Parts log JSON for programs. */
function logEntry(line: string): { level: number } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof entry.level === 'number' && typeof entry.msg === 'string' ? (entry as { level: number }) : undefined;
  } catch {
    return undefined;
  }
}
