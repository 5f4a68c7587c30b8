/** A place in a source file; lines and columns from 0. */
export interface Position {
  line: number;
  column: number;
}

interface Mapping extends Position {
  generatedLine: number;
  generatedColumn: number;
  /** Index into the map's `sources`. */
  source: number;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Reads the `mappings` of a source map (version 3). */
export function* positionsOf(mappings: string): Generator<Mapping> {
  let [source, line, column] = [0, 0, 0];
  for (const [generatedLine, text] of mappings.split(';').entries()) {
    let generatedColumn = 0;
    for (const segment of text.split(',')) {
      if (segment === '') continue;
      const [toColumn, toSource, toLine, toSourceColumn] = numbersOf(segment);
      generatedColumn += toColumn!;
      if (toSource === undefined) continue;
      source += toSource;
      line += toLine!;
      column += toSourceColumn!;
      yield { generatedLine, generatedColumn, source, line, column };
    }
  }
}

/** Base 64 VLQ: five bits a digit, the sixth says that more follow, and the lowest bit of the number is its sign. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

/** The source map that a bundle carries in itself. */
export function embeddedMap(code: string): { sources: string[]; mappings: string } {
  const [, encoded] = /sourceMappingURL=data:[^,]*;base64,([^\s]+)/.exec(code)!;
  return JSON.parse(Buffer.from(encoded!, 'base64').toString()) as { sources: string[]; mappings: string };
}

/** Where each line of a text begins. */
export function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}
