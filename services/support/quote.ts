const longest = 200;

/**
 * Prepares a part of a service's answer for an error message: short, on one line, and without what looks personal (mail addresses,
 * and long runs of digits such as card or phone numbers).
 */
export function quote(text: string): string {
  const line = text
    .slice(0, longest * 4)
    .replaceAll(/[^\s<>"'@]{1,64}@[^\s<>"'@]{1,255}/g, '[mail]')
    .replaceAll(/\+?\d(?:[ -]?\d){7,}/g, '[number]')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
