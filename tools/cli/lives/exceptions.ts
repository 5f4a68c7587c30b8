/** Kinds that no life covers, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'failure code_mismatch': 'the API says it of a run that its worker cannot replay; no workflow code does',
  'call payment.giveBack': 'only the run of late payments makes it, as an ordinary activity',
  'step signForDelivery failed': 'an operator who gives it up ends the order, or signs for the delivery',
  'timer a command waits for the call of the one before fired':
    'not recorded yet: refusals-behind-a-slow-call was answered in time',
  'timer the order book does not answer fired': 'not recorded yet: its life is recorded while the timer runs',
};
