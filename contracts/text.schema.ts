import { z } from 'zod';

/**
 * Text from outside, 1 to `max` UTF-16 units. Refused are what databases and mail headers cannot carry: control characters
 * (but tab and line ends) and halves of surrogate pairs.
 */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !unstorable.test(value), 'must not contain control characters or unpaired surrogates');

// Control characters are what it looks for.
const unstorable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u;
