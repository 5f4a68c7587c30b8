import { z } from 'zod';

/**
 * Text from outside: blanks around it are cut off, and 1 to `max` UTF-16 units remain. Invisible characters are refused: control characters
 * and line breaks can end a header or a log line, bidirectional and zero-width characters make a text look like another one, and no database
 * stores half a surrogate pair.
 */
export const text = (max: number) => line(max).min(1);

/** Like {@link text}, but it can be empty. */
export const line = (max: number) =>
  z
    .string()
    .overwrite((value) => value.replace(blanksAround, ''))
    .max(max)
    .refine((value) => !invisible.test(value), 'must not contain line breaks or characters that cannot be seen');

/** Spaces of every width, and the blank Braille cell. */
const blanksAround = /^[\t\n\r\p{Zs}\u2800]+|[\t\n\r\p{Zs}\u2800]+$/gu;
/** Variation selectors are allowed: they choose how the character before them looks, as in emoji. */
const invisible =
  /\p{Cc}|\p{Cf}|\p{Surrogate}|\p{Line_Separator}|\p{Paragraph_Separator}|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u;
