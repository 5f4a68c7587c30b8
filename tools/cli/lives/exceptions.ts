/** Kinds that no life covers, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'failure code_mismatch': 'the API says it of a run that its worker cannot replay; no workflow code does',
  'call payment.giveBack': 'only the run of late payments makes it, as an ordinary activity',
  'step signForDelivery failed': 'an operator who gives it up ends the order, or signs for the delivery',
};
