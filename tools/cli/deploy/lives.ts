import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHistory, type RecordedHistory } from '../replay/history.js';
import type { Build } from './builds.js';

/** A committed history, and which of the two builds has it. */
export interface Life {
  history: RecordedHistory;
  from: 'both' | 'base' | 'head';
}

const histories = 'test/replay/histories';

/**
 * The committed histories of both builds, by name. One that was recorded anew is there twice.
 *
 * @param isWanted chooses by name, such as `v1/completed-one-parcel`.
 */
export async function livesOf(base: Build, head: Build, isWanted: (name: string) => boolean): Promise<Life[]> {
  const [old, now] = await Promise.all([textsOf(base), textsOf(head)]);
  const lives = new Map<string, Life>();
  const add = (name: string, text: string, from: Life['from']): void => {
    if (isWanted(name)) lives.set(name, { history: parseHistory(text, name), from });
  };
  const known = new Map([...old].map(([name, text]) => [text, name]));
  for (const [name, text] of now) {
    add(name, text, known.has(text) ? 'both' : 'head');
    known.delete(text);
  }
  for (const [text, name] of known) add(now.has(name) ? `${name}, as BASE has it` : name, text, 'base');
  return [...lives.values()].sort((a, b) => (a.history.name < b.history.name ? -1 : 1));
}

async function textsOf({ folder }: Build): Promise<Map<string, string>> {
  const files = await readdir(join(folder, histories), { recursive: true }).catch(() => []);
  const names = files.filter((file) => file.endsWith('.json')).sort();
  const read = async (file: string): Promise<[string, string]> => [
    file.replaceAll('\\', '/').replace(/\.json$/, ''),
    await readFile(join(folder, histories, file), 'utf8'),
  ];
  return new Map(await Promise.all(names.map(read)));
}
