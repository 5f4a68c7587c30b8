import type { Life } from './life.js';
import { awaitPayment, card, lines } from './moves.js';
import { almostFree } from './limits.js';

const retry = (step: string): [string, object] => ['resolve', { action: 'retry', step }];

/** Decisions of operators, and changes of customers, that come behind another command and are refused. */
export const refusedRepairs: Life[] = [
  {
    name: 'refusals-of-repairs',
    story:
      'One of two parcels cannot be booked, and an operator sends decisions that do not fit together with one that does.',
    play: async (order) => {
      order.fails('shipping', /-west:book$/);
      await order.place({ lines: lines('vase', 'lamp') });
      const { steps } = await order.untilStatus('needs_attention');
      const idOf = (step: string, warehouse: string) =>
        steps.find(({ id }) => id.startsWith(`${step}:`) && id.endsWith(warehouse))!.id;
      await order.untilParcels('booked', 'east');
      await order.updateTogether([
        retry(idOf('bookParcel', 'west')),
        ['resolve', { action: 'skip', step: idOf('bookParcel', 'west') }],
        retry('unheardOf'),
        retry('confirmOrder'),
        retry(idOf('awaitDispatch', 'east')),
      ]);
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'refusals-of-repairs-of-an-undo',
    story: 'The stock is not given back in time, and an operator has that repeated and abandons it at once.',
    play: async (order) => {
      const { end } = order.fails('inventory', /:release$/);
      await awaitPayment(order);
      await order.command('cancel');
      await order.untilStatus('needs_attention');
      await order.updateTogether([retry('reserveStock'), ['resolve', { action: 'abandon', step: 'reserveStock' }]]);
      end();
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'refusals-of-repairs-after-the-end',
    story: 'Two notices cannot be sent, and an operator has one repeated together with a step that is done.',
    play: async (order) => {
      order.fails('notification', /:notifyShipped:/);
      const { met } = order.fails('notification', /:notifyCompleted:/);
      await order.place();
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered', { signedBy: 'Ada Example' });
      await met;
      await order.until(({ possible, status }) => status === 'completed' && possible.includes('resolve'));
      await order.updateTogether([retry('notifyCompleted'), retry('confirmOrder')]);
    },
    end: { status: 'completed' },
  },
  {
    name: 'refusals-of-what-is-undone',
    story: 'Another run has undone one of two parcels, and an operator has both repeated and cancels.',
    play: async (order) => {
      const { end } = order.fails('shipping', /-east:book$/);
      order.rejects('shipping', /-west:book$/, 'undone');
      await order.place({ lines: lines('vase', 'lamp') });
      const { steps } = await order.until(
        (view) => view.steps.filter(({ id, state }) => id.startsWith('bookParcel') && state === 'failed').length === 2,
      );
      const [east, west] = ['east', 'west'].map(
        (warehouse) => steps.find(({ id }) => id.startsWith('bookParcel') && id.endsWith(warehouse))!.id,
      );
      await order.updateTogether([retry(east!), retry(west!), ['cancel']]);
      end();
      await order.command('resolve', { action: 'abandon', step: west! }, 'operator');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'refusals-cancel-behind-a-payment',
    story: 'The customer pays and cancels at once, before the payment service hears of it.',
    play: async (order) => {
      await awaitPayment(order);
      await order.updateTogether([['payment', card('tok_ok')], ['cancel']]);
    },
    end: { status: 'cancelled', failure: 'cancelled_by_operator' },
  },
  {
    name: 'refusals-of-amendments',
    story:
      'The customer asks for goods that are not in the order, for more, and for so little that nothing is left to pay.',
    play: async (order) => {
      await awaitPayment(order, almostFree('mug'));
      await order.updateTogether([
        ['amend', {}],
        ['amend', { lines: [{ sku: 'unheardOf', quantity: 1 }] }],
        ['amend', { lines: [{ sku: 'mug', quantity: 9 }] }],
        ['amend', { lines: [{ sku: 'mug', quantity: 1 }] }],
      ]);
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
];
