/** Variables of earlier versions. They stop the start with what to do instead: if they were ignored, a setting would be lost unnoticed. */
export const retired = {
  WEBHOOK_SECRET:
    'no longer exists; set PAYMENT_WEBHOOK_SECRET and CARRIER_WEBHOOK_SECRET, each to a secret of its own',
} as const;

export type RetiredName = keyof typeof retired;
