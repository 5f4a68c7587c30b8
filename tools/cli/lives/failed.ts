import type { Life } from './life.js';
import { card, lines } from './moves.js';

/** Orders that a service or an operator rejects. */
export const failed: Life[] = [
  {
    name: 'failed-payment-declined',
    story: 'The card is declined.',
    play: (order) => order.place({ payment: card('tok_declined') }),
    end: { status: 'failed', failure: 'payment_declined' },
  },
  {
    name: 'failed-out-of-stock',
    story: 'Nothing of the only line is in stock.',
    play: (order) => order.place({ lines: lines('gone') }),
    end: { status: 'failed', failure: 'out_of_stock' },
  },
  {
    name: 'failed-unknown-sku',
    story: 'No warehouse knows what was ordered.',
    play: (order) => order.place({ lines: lines('unicorn') }),
    end: { status: 'failed', failure: 'unknown_sku' },
  },
  {
    name: 'failed-fraud',
    story: 'The card is rejected as fraud.',
    play: (order) => order.place({ payment: card('tok_fraud') }),
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
  {
    name: 'failed-review-rejected',
    story: 'A flagged card sends the order to an operator, who rejects it.',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.command('review', { decision: 'reject' }, 'operator');
    },
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
];
