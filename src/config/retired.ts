/** Variables that there were, and what to do instead. Ignored, they would leave somebody with settings that do not hold. */
export const retired = {
  WEBHOOK_SECRET: 'is gone; set PAYMENT_WEBHOOK_SECRET and CARRIER_WEBHOOK_SECRET, each with a secret of its own',
} as const;

export type RetiredName = keyof typeof retired;
