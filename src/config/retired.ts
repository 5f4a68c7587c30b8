/** Variables of earlier versions. If one is set, the program does not start and says what to do instead: no setting is lost unnoticed. */
export const retired = {
  WEBHOOK_SECRET:
    'no longer exists; set PAYMENT_WEBHOOK_SECRET and CARRIER_WEBHOOK_SECRET, each to a secret of its own',
} as const;

export type RetiredName = keyof typeof retired;
