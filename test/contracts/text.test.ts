import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { line, text } from '../../contracts/text.schema.js';

const name = text(10);
const codePoint = (n: number) => `U+${n.toString(16).toUpperCase().padStart(4, '0')}`;

describe('text', () => {
  it.each([
    ['Ada', 'Ada'],
    ['  Ada  ', 'Ada'],
    ['Ada\r\n', 'Ada'],
    ['\u3000\u00a0Ada\t', 'Ada'],
    ['Ada  King', 'Ada  King'],
    ['Zoë Ñandú', 'Zoë Ñandú'],
    ['李 小龍', '李 小龍'],
    ['❤️ 🙂', '❤️ 🙂'],
    // Ten characters without the surrounding blanks.
    [` ${'x'.repeat(10)} `, 'x'.repeat(10)],
  ])('%j is %j', (given, kept) => {
    expect(name.parse(given)).toBe(kept);
  });

  it.each(['', ' ', '\u00a0\u3000\u2003', '\t\n', '\u2800', 'x'.repeat(11)])('%j is not accepted', (given) => {
    expect(name.safeParse(given).success).toBe(false);
  });

  it('may be empty where the schema allows it', () => {
    expect([line(10).parse(''), line(10).parse('   ')]).toEqual(['', '']);
    expect(line(10).safeParse('a\u200bb').success).toBe(false);
  });

  const ranges: [what: string, from: number, to: number][] = [
    ['control characters, tab and line ends among them', 0x00, 0x1f],
    ['control characters of Latin-1, with the next line', 0x7f, 0x9f],
    ['the soft hyphen', 0xad, 0xad],
    ['the Arabic letter mark', 0x61c, 0x61c],
    ['zero-width characters and the marks of direction', 0x200b, 0x200f],
    ['line and paragraph separator, and the overrides of direction', 0x2028, 0x202e],
    ['word joiner, invisible operators and the isolates of direction', 0x2060, 0x206f],
    ['the letters of Hangul that have no shape', 0x115f, 0x1160],
    ['the Hangul filler', 0x3164, 0x3164],
    ['the byte order mark', 0xfeff, 0xfeff],
    ['tags', 0xe0001, 0xe007f],
  ];
  it.each(ranges)('contains none of %s', (_, from, to) => {
    for (let n = from; n <= to; n += 1) {
      expect(name.safeParse(`a${String.fromCodePoint(n)}b`).success, codePoint(n)).toBe(false);
    }
  });

  it('has no invisible character at its beginning or end either', () => {
    for (const n of [0x00, 0x200b, 0x202e, 0x2028, 0xfeff]) {
      for (const given of [`${String.fromCodePoint(n)}ab`, `ab${String.fromCodePoint(n)}`]) {
        expect(name.safeParse(given).success, codePoint(n)).toBe(false);
      }
    }
  });

  it('is accepted again in its stored form', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (given) => {
        const { success, data } = name.safeParse(given);
        if (!success) return;
        taken += 1;
        expect(name.parse(data)).toBe(data);
        expect(data).toBe(data.trim());
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});
