import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utcTime } from '../../contracts/time.js';
import { time } from '../../contracts/values.schema.js';

describe('a time of RFC 3339 in any form', () => {
  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20t10:00:00z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00.1Z', '2026-11-20T10:00:00.100Z'],
    ['2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T10:00:00+05:30', '2026-11-20T04:30:00.000Z'],
    ['2026-11-20T10:00:00-00:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00-23:59', '2026-11-21T09:59:00.000Z'],
    // The leap seconds of 1990 and 2016. They are read as the second after them.
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.500Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, utc) => {
    expect(utcTime(text)).toBe(utc);
    expect(time.parse(text)).toBe(utc);
  });

  it.each([
    ['no time', 'yesterday'],
    ['a date alone', '2026-11-20'],
    ['no offset', '2026-11-20T10:00:00'],
    ['no seconds', '2026-11-20T10:00Z'],
    ['an offset without a colon', '2026-11-20T10:00:00+0100'],
    ['an offset of hours alone', '2026-11-20T10:00:00+01'],
    ['a fraction without digits', '2026-11-20T10:00:00.Z'],
    ['a comma', '2026-11-20T10:00:00,5Z'],
    ['30 February', '2024-02-30T00:00:00Z'],
    ['29 February of a year that has none', '2023-02-29T00:00:00Z'],
    ['month 13', '2024-13-01T00:00:00Z'],
    ['day 0', '2024-01-00T00:00:00Z'],
    ['hour 24', '2024-01-01T24:00:00Z'],
    ['minute 60', '2024-01-01T00:60:00Z'],
    ['second 61', '2024-12-31T23:59:61Z'],
    ['a leap second in the middle of a day', '2024-12-31T12:59:60Z'],
    ['a leap second in the middle of a month', '2024-12-30T23:59:60Z'],
    ['an offset of 24 hours', '2024-01-01T00:00:00+24:00'],
    ['an offset of 60 minutes', '2024-01-01T00:00:00+00:60'],
    ['a year beyond 9999 after the offset', '9999-12-31T23:59:59-23:59'],
    ['a year before 0 after the offset', '0000-01-01T00:00:00+23:59'],
    ['a leap second that ends the year 9999', '9999-12-31T23:59:60Z'],
    ['a year of five digits', '+12026-11-20T10:00:00Z'],
    ['a line end after it', '2026-11-20T10:00:00Z\n'],
    ['digits of another script', '２026-11-20T10:00:00Z'],
  ])('refuses %s', (_, text) => {
    expect(utcTime(text)).toBeUndefined();
    expect(time.safeParse(text).success).toBe(false);
  });

  it('is the same moment as in Date, whatever the offset', () => {
    const moments = fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    const offsets = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(moments, offsets, fc.constantFrom('T', 't', ' '), (moment, minutes, separator) => {
        const local = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const [hh, mm] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        const offset = `${minutes < 0 ? '-' : '+'}${String(hh).padStart(2, '0')}:${String(mm).padStart(2, '0')}`;
        expect(utcTime(local.replace('T', separator) + offset)).toBe(moment.toISOString());
      }),
    );
  });
});
