const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const minuteMs = 60_000;
/** The last minute of a month, in UTC: the only one that a leap second can lengthen. */
const endsMonth = (minute: number): boolean => new Date(minute + minuteMs).toISOString().slice(8, 16) === '01T00:00';

/**
 * Reads a time of RFC 3339 in any form: small letters, a space for the T, any offset, any fraction, leap seconds. A leap second becomes
 * the second after it, and a fraction is cut to milliseconds.
 *
 * @returns the moment in UTC with milliseconds, as `Date` writes it; undefined for any other text, and for a year outside 0000 to 9999.
 */
export function utcTime(text: string): string | undefined {
  const [, date, hoursAndMinutes, seconds, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] =
    rfc3339.exec(text) ?? [];
  const minute = Date.parse(`${date}T${hoursAndMinutes}:00.000Z`);
  // Date makes 2 March of 30 February.
  if (Number.isNaN(minute) || !new Date(minute).toISOString().startsWith(`${date}T${hoursAndMinutes}`)) {
    return undefined;
  }
  if (Number(seconds) > 60 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * minuteMs;
  const utcMinute = minute - offset;
  if (seconds === '60' && !endsMonth(utcMinute)) return undefined;
  const moment = new Date(utcMinute + Number(seconds) * 1000 + Number(fraction.slice(1, 4).padEnd(3, '0')));
  // Beyond these years ISO 8601 has a sign and six digits.
  return /^\d{4}-/.test(moment.toISOString()) ? moment.toISOString() : undefined;
}
