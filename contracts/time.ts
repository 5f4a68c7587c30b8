const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const minuteMs = 60_000;
/** Whether a month ends with this minute in UTC. Only such a minute can have a leap second. */
const endsMonth = (minute: number): boolean => new Date(minute + minuteMs).toISOString().slice(8, 16) === '01T00:00';

/**
 * Reads an RFC 3339 time in any form: lower-case letters, a space instead of the T, any offset, any fraction, leap seconds. A leap second
 * becomes the second after it, and a fraction is cut to milliseconds.
 *
 * @returns the time in UTC with milliseconds, as `Date` writes it; undefined for any other text and for a year outside 0000 to 9999.
 */
export function utcTime(text: string): string | undefined {
  // Nearly all times come from a Date, and are read many times on their way.
  const read = text.length === 24 ? Date.parse(text) : NaN;
  if (!Number.isNaN(read) && new Date(read).toISOString() === text) return text;
  const [, date, hoursAndMinutes, seconds, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] =
    rfc3339.exec(text) ?? [];
  const minute = Date.parse(`${date}T${hoursAndMinutes}:00.000Z`);
  // Date reads 30 February as 2 March.
  if (Number.isNaN(minute) || !new Date(minute).toISOString().startsWith(`${date}T${hoursAndMinutes}`)) {
    return undefined;
  }
  if (Number(seconds) > 60 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * minuteMs;
  const utcMinute = minute - offset;
  if (seconds === '60' && !endsMonth(utcMinute)) return undefined;
  const moment = new Date(utcMinute + Number(seconds) * 1000 + Number(fraction.slice(1, 4).padEnd(3, '0')));
  // Outside these years, ISO 8601 writes a sign and six digits.
  return /^\d{4}-/.test(moment.toISOString()) ? moment.toISOString() : undefined;
}
