import { z } from 'zod';

/**
 * Text from outside, 1 to `max` UTF-16 units without the blanks around it. Characters that cannot be seen are refused: control characters
 * and line breaks, which end headers and lines of logs, bidirectional and zero-width ones, which make a text look like another, and halves
 * of surrogate pairs, which no database keeps.
 */
export const text = (max: number) => line(max).min(1);

/** As {@link text}, but perhaps empty. */
export const line = (max: number) =>
  z
    .string()
    .overwrite((value) => value.replace(blanksAround, ''))
    .max(max)
    .refine((value) => !invisible.test(value), 'must not contain line breaks or characters that cannot be seen');

/** Spaces of every width, and the blank cell of Braille. */
const blanksAround = /^[\t\n\r\p{Zs}\u2800]+|[\t\n\r\p{Zs}\u2800]+$/gu;
/** Variation selectors choose the look of the character before them, as in emoji. */
const invisible =
  /\p{Cc}|\p{Cf}|\p{Surrogate}|\p{Line_Separator}|\p{Paragraph_Separator}|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u;
