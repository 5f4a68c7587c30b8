import { prettyFactory } from 'pino-pretty';
import type { PartName } from './run-file.js';
import type { PartState } from './supervisor.js';

const colours = [36, 35, 33, 32, 34, 96, 95, 92];
const width = 12;
const warn = 40;
/** Lines are left out while the reader of the output has so many bytes to catch up with. Without a bound they would fill the memory. */
const mostUnread = 16 * 1024 * 1024;
/** Plain output lines of a normal start. The console hides them while the system starts. */
const usual: Partial<Record<PartName, RegExp>> = {
  postgres: / LOG: {2}/,
  temporal: /^$|^(CLI|Server:|UI:|Metrics:)\s/,
};

/**
 * Prints the lines of all parts, each prefixed with the name of its part. If the output is not a terminal, the lines stay as the parts
 * wrote them. A terminal shows one line for each part that comes up during the start, and log entries in readable form.
 */
export class SystemConsole {
  private readonly names = new Map<string, string>();
  private readonly began = performance.now();
  private readonly pretty: (entry: object) => string;
  private starting = true;
  private leftOut = 0;

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

  /** Prints a line when a part is up. It prints only on a terminal and only while the system starts. */
  state(part: PartName, state: PartState): void {
    if (!this.out.isTTY || !this.starting || state !== 'up') return;
    this.print(part, `up after ${((performance.now() - this.began) / 1000).toFixed(1)} s`);
  }

  /** Ends the start phase: from now on the terminal also shows the parts' ordinary log lines. */
  started(): void {
    this.starting = false;
  }

  private print(part: PartName | undefined, text: string | undefined): void {
    for (const line of text?.split('\n') ?? []) this.write(`${this.prefix(part ?? 'orderflow')} ${line}\n`);
  }

  /** Never waits for the reader: orders go on while nobody reads the output of a pipe. */
  private write(line: string): void {
    if (this.out.writableLength > (this.leftOut > 0 ? 0 : mostUnread)) {
      this.leftOut += 1;
      return;
    }
    const note =
      this.leftOut > 0 ? `${this.prefix('orderflow')} ${this.leftOut} lines were left out: nobody read\n` : '';
    this.leftOut = 0;
    this.out.write(note + line);
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

  /** @returns the line to show on a terminal, or undefined for a routine line while the system starts. */
  private readable(part: PartName | undefined, line: string): string | undefined {
    const entry = logEntry(line);
    if (!entry) return this.starting && part && usual[part]?.test(line) ? undefined : line;
    if (this.starting && entry.level < warn) return undefined;
    return this.pretty(entry).trimEnd();
  }
}

/** @returns the log entry in a line of JSON, or undefined when the line is not a log entry. */
function logEntry(line: string): { level: number } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof entry.level === 'number' && typeof entry.msg === 'string' ? (entry as { level: number }) : undefined;
  } catch {
    return undefined;
  }
}
