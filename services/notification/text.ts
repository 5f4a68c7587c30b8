import type { NotificationEvent } from './contract.js';

export interface Letter {
  subject: string;
  text: string;
}

type Facts = Readonly<Record<string, string>>;

/** For each event: the subject of the mail, after "Your order", and the text before the facts. */
const words: Record<NotificationEvent, { subject: string; text: (facts: Facts) => string }> = {
  confirmed: {
    subject: 'is confirmed',
    text: () => 'Thank you! Your order is confirmed, and we are getting it ready.',
  },
  shipped: {
    subject: 'is on its way',
    text: ({ trackingNumber }) =>
      trackingNumber === undefined
        ? 'Good news: a parcel of your order is on its way to you.'
        : 'Good news: a parcel of your order is on its way to you. You can follow it by its tracking number.',
  },
  delivered: {
    subject: 'has arrived',
    text: () => 'Your order has been delivered. Please confirm that you have it.',
  },
  completed: {
    subject: 'is complete',
    text: () => 'Your order is complete. We hope you enjoy it!',
  },
  cancelled: {
    subject: 'is cancelled',
    text: (facts) =>
      `Your order was cancelled${because(facts)} You will not be charged; what you paid goes back to you.`,
  },
  failed: {
    subject: 'could not be fulfilled',
    text: (facts) =>
      `We are sorry: we could not fulfil your order${because(facts)} You will not be charged; what you paid goes back to you.`,
  },
  refunded: {
    subject: 'has a refund',
    text: () => 'We have sent a refund for your order on its way back to you.',
  },
  decision_needed: {
    subject: 'needs your decision',
    text: () =>
      'We do not have all that you ordered. Please tell us whether to send what there is, or to cancel the order. This is what is short:',
  },
  payment_needed: {
    subject: 'waits for your payment',
    text: () => 'We have set your order aside for you. Please pay for it, and we will send it.',
  },
  payment_due: {
    subject: 'still waits for your payment',
    text: () =>
      'Your order is still set aside for you, but not for much longer. Without a payment it will be cancelled.',
  },
};

/** Failure codes in words for customers. Codes that are not listed are left out. */
const reasons: Record<string, string> = {
  out_of_stock: 'not all of it is in stock',
  unknown_sku: 'a part of it is no longer sold',
  payment_declined: 'the payment was declined',
  fraud_rejected: 'the payment could not be accepted',
  payment_deadline: 'we did not receive the payment in time',
  customer_deadline: 'we did not receive your decision in time',
  review_deadline: 'we could not check it in time',
  cancelled_by_customer: 'as you asked',
  returned_to_sender: 'it came back to us',
};

const labels: Record<string, string> = {
  trackingNumber: 'Tracking number',
  carrier: 'Carrier',
  amount: 'Amount',
  total: 'Total',
  deadline: 'Please answer by',
  payBy: 'Please pay by',
  reference: 'Your reference',
};

/** The mail to a customer, as plain text. Facts follow the text, one per line. */
export function letter(orderId: string, event: NotificationEvent, facts: Facts): Letter {
  const { subject, text } = words[event];
  const lines = Object.entries(facts)
    .filter(([name]) => name !== 'reason')
    .map(([name, value]) => `  ${labels[name] ?? name}: ${oneLine(value)}`);
  const parts = ['Hello,', text(facts), ...(lines.length > 0 ? [lines.join('\n')] : []), `Order ${orderId}`];
  return { subject: `Your order ${subject}`, text: `${parts.join('\n\n')}\n` };
}

function because({ reason }: Facts): string {
  const said = reason === undefined ? undefined : reasons[reason];
  return said === undefined ? '.' : `: ${said}.`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
