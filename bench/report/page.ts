import { markdownOf, wrap, type Table } from './table.js';

/**
 * Replaces the part of a page that one measurement writes, between `<!-- measured: NAME -->` and `<!-- end: NAME -->`. What people wrote
 * around it stays, and so do the parts of other measurements.
 *
 * @param image a picture, as Markdown.
 * @param machine where and when it was measured.
 * @throws {Error} when the page has no such part.
 */
export function withMeasured(
  page: string,
  name: string,
  machine: string,
  { tables, image }: { tables: readonly Table[]; image?: string },
): string {
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page lacks the lines ${begin} and ${end}`);
  const picture = image === undefined ? [] : [image];
  const parts = [...picture, ...tables.map(markdownOf), wrap(`Measured on ${machine}.`)];
  return `${page.slice(0, from + begin.length)}\n\n${parts.join('\n\n')}\n\n${page.slice(to)}`;
}
