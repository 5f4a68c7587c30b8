/** A table for people. Empty cells are of figures that do not exist there. */
export interface Table {
  title: string;
  /** What the figures mean, in a sentence or two. */
  note: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export function textOf({ title, columns, rows }: Table): string {
  return `\n${title}\n\n${textTable(columns, rows)}`;
}

/** Columns of equal width; all but the first are aligned to the right. */
export function textTable(columns: readonly string[], rows: Table['rows']): string {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i]!.length)));
  return [columns, ...rows]
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** A heading, the note and the table. */
export function markdownOf({ title, note, columns, rows }: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${columns.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`;
  return [`### ${title}`, '', wrap(note), '', row(columns), rule, ...rows.map(row)].join('\n');
}

/** A figure with so many digits after the point; empty when there is none. */
export function figure(value: number | undefined, digits = 0): string {
  return value === undefined ? '' : value.toFixed(digits);
}

const width = 120;

/** Breaks a paragraph into lines, as all pages have them. */
export function wrap(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
