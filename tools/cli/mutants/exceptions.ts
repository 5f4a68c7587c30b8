/** Edits that the gate judges wrongly today, by name, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'answers-command-taken-out-of-turn':
    'A life is missing: a worker dies in the middle of a chain of local calls, and a command comes before the next one has made them again.',
  'publications-all-returns-of-the-order':
    'A return that was not published before looks like any other change of what happens. That the book has it is not in the history.',
  'clock-no-notice-on-sundays':
    'The variants that begin on a Sunday come after the 500 histories of this run. `npm run safe-to-deploy` tries them all. `--limit 5000` does, too, and stops it.',
  'engine-answers-not-held-back':
    'A life is missing: a publication is due while the answer of another local call waits.',
  'engine-waiters-in-reverse': 'A life is missing: one piece of news wakes steps of two parcels.',
  'safe-summary-of-a-call':
    "The gate reads from a call's summary whether it undoes something, so another word for that counts as another call.",
};
