import type { PartName } from './run-file.js';

const colours = [36, 35, 33, 32, 34, 96, 95, 92];
const width = 12;

/** Prints the lines of all parts, each behind the name of its part. */
export class SystemConsole {
  private readonly names = new Map<string, string>();

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  line(part: PartName | undefined, text: string): void {
    for (const line of text.split('\n')) this.out.write(`${this.prefix(part ?? 'orderflow')} ${this.readable(line)}\n`);
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

  /** Parts log JSON for programs; a person at a terminal gets the message with its fields behind it. */
  private readable(line: string): string {
    if (!this.out.isTTY || !line.startsWith('{')) return line;
    let entry: Record<string, unknown>;
    try {
      entry = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return line;
    }
    const { level, time, msg, pid: _pid, hostname: _hostname, name: _name, ...fields } = entry;
    if (typeof msg !== 'string' || typeof level !== 'number') return line;
    const clock = new Date(time as number | string).toTimeString().slice(0, 8);
    const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
    return `${clock} ${levelName(level)} ${msg}${rest.join('')}`;
  }
}

function levelName(level: number): string {
  if (level >= 50) return '\u001b[31mERROR\u001b[0m';
  if (level >= 40) return '\u001b[33mWARN\u001b[0m ';
  return level >= 30 ? 'info ' : 'debug';
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const stack = (value as { stack?: unknown } | null)?.stack;
  return typeof stack === 'string' ? stack : JSON.stringify(value);
}
