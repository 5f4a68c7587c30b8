/** Edits that the gate judges wrongly today, by name, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'graph-definition-in-another-order':
    'A life is missing: an order that pays later is amended while it is short of stock, so both steps begin with a call.',
  'messages-loss-counts-more-than-delivery':
    'A life is missing: the carrier reports a parcel as lost and as delivered before the run looks.',
  'clock-old-orders-without-notice':
    'Variants begin at another time, with all times in them. None lasts 30 days, and neither does a recorded life.',
  'answers-command-taken-out-of-turn':
    'A life is missing: a worker dies in the middle of a chain of local calls, and a command comes before the next one has made them again.',
  'engine-answers-not-held-back':
    'A life is missing: a publication is due while the answer of another local call waits.',
  'engine-waiters-in-reverse': 'A life is missing: one piece of news wakes steps of two parcels.',
  'returns-review-at-the-limit': 'A life is missing: a return of exactly the limit.',
  'safe-summary-of-a-call':
    "The gate reads from a call's summary whether it undoes something, so another word for that counts as another call.",
};
