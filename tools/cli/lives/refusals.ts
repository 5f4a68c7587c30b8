import type { Life } from './life.js';
import { awaitPayment, card, complete, placeShort } from './moves.js';

const cancelled: Life['end'] = { status: 'cancelled', failure: 'cancelled_by_customer' };

/** Commands that meet another one. A refusal is kept in the history if the command was accepted before the other one was taken. */
export const refusals: Life[] = [
  {
    name: 'refusals-behind-a-cancel',
    story: 'Every command of an unpaid order comes together with a Cancel, and behind it.',
    play: async (order) => {
      await awaitPayment(order);
      await order.updateTogether([
        ['cancel'],
        ['cancel'],
        ['payment', card('tok_ok')],
        ['amend', { lines: [{ sku: 'mug', quantity: 1 }] }],
        ['receipt'],
        ['decision', { decision: 'accept_partial' }],
        ['review', { decision: 'approve' }],
        ['resolve', { action: 'retry', step: 'reserveStock' }],
        ['resolve', { action: 'skip', step: 'unheardOf' }],
        ['resolve', { action: 'skip', step: 'reserveStock' }],
      ]);
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'refusals-two-reviews',
    story: 'Two operators decide at once: one approves, and the other one rejects.',
    play: async (order) => {
      await order.place({ payment: card('tok_review') });
      await order.untilStatus('awaiting_review');
      await order.updateTogether([
        ['review', { decision: 'reject' }],
        ['review', { decision: 'approve' }],
      ]);
    },
    end: { status: 'failed', failure: 'fraud_rejected' },
  },
  {
    name: 'refusals-two-decisions',
    story: 'The customer takes what is there and cancels at once.',
    play: async (order) => {
      await placeShort(order);
      await order.untilStatus('awaiting_customer');
      await order.updateTogether([
        ['decision', { decision: 'cancel' }],
        ['decision', { decision: 'accept_partial' }],
      ]);
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'refusals-two-payments',
    story: 'The customer pays and amends at once, and the second payment is refused.',
    play: async (order) => {
      await awaitPayment(order);
      await order.updateTogether([
        ['payment', card('tok_ok')],
        ['amend', { lines: [{ sku: 'mug', quantity: 1 }] }],
        ['payment', card('tok_ok')],
      ]);
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
    },
    end: { status: 'completed' },
  },
  {
    name: 'refusals-web-ui-behind-a-cancel',
    story: 'A Cancel from the Web UI comes together with the command of the customer.',
    play: async (order) => {
      await awaitPayment(order);
      const { met } = order.fails('inventory', /:release$/, 3);
      await order.command('cancel');
      await met;
      await order.handle().cancel();
    },
    end: cancelled,
  },
  {
    name: 'refusals-behind-a-slow-call',
    story: 'Two commands come together, and the call of the first one takes longer than the second one waits.',
    play: async (order) => {
      await awaitPayment(order);
      const { end } = order.holds('payment', /:void$/);
      await order.updateTogether([['cancel'], ['payment', card('tok_ok')]]);
      await order.untilKind('timer a command waits for the call of the one before fired');
      end();
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'refusals-of-returns',
    story: 'A second review, a return of too much and a retry of nothing come together with the review of a return.',
    run: 'returns',
    play: async (order) => {
      await complete(order, { lines: [{ sku: 'mug', quantity: 6, unitPrice: 1250 }] });
      const view = await order.command('returns', { lines: [{ sku: 'mug', quantity: 3 }], reason: 'too many' });
      const returnId = view.returns[0]!.id;
      const request = (id: string, quantity: number) =>
        ['requestReturn', { returnId: id, lines: [{ sku: 'mug', quantity }], reason: 'broken' }] as [string, object];
      await order.updateTogether(
        [
          request('ret_second', 1),
          ['reviewReturn', { returnId, decision: 'approve' }],
          ['reviewReturn', { returnId, decision: 'reject' }],
          request('ret_third', 5),
          ['retryReturn', { returnId: 'ret_unknown' }],
          ['reviewReturn', { returnId: 'ret_unknown', decision: 'approve' }],
        ],
        'returns',
      );
      for (const id of [returnId, 'ret_second']) await order.sendEvent('return.received', { returnId: id });
      await order.until(({ returns }) => returns.length === 2 && returns.every(({ status }) => status === 'closed'));
    },
    end: { status: 'completed' },
  },
];
