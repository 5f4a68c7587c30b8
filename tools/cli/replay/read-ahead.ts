import { pMapIterable, type pMapSkip } from 'p-map';
import type { RecordedHistory } from './history.js';

/** A history that could not be read or replayed. It says nothing about the code, and the others go on. */
export interface Failed {
  name: string;
  kind: 'file';
  reason: string;
  /** Whether its run is open. Unset if that is not known. */
  isOpen?: boolean;
}

export type Read = RecordedHistory | Failed;

export const isFailed = <Other extends object>(item: Other | Failed): item is Failed => 'reason' in item;

/** A failure without the history's name in its message, because a report begins with the name. */
export function failed(name: string, { message }: Error, about: Pick<Failed, 'isOpen'> = {}): Failed {
  let reason = message;
  if (message.startsWith(`${name}: `)) reason = message.slice(name.length + 2);
  else if (message.startsWith(`${name} `)) reason = `it${message.slice(name.length)}`;
  return { name, kind: 'file', reason, ...about };
}

/** How many histories are in memory at a time, with the one that is replayed. */
const inMemory = 8;

/** Reads histories while others are replayed. They come in the order of the list. */
export function readAhead<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  read: (item: Item) => Promise<Read | typeof pMapSkip>,
): AsyncIterable<Read> {
  return pMapIterable(items, read, { concurrency: inMemory - 1 });
}
