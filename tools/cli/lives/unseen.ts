import { signed } from './late-answers.js';
import type { Life } from './life.js';

/** Orders that are stopped or changed while a call fails: a lost workflow task may have done more than the run knows. */
export const unseen: Life[] = [
  {
    name: 'unseen-nothing-was-done',
    story:
      'The customer cancels while the payment service is away, and what may have been sold and booked is undone too.',
    play: async (order) => {
      const { met } = order.fails('payment', /:authorize$/);
      await order.place();
      await met;
      await order.command('cancel');
    },
    end: { status: 'cancelled', failure: 'cancelled_by_customer' },
  },
  {
    name: 'unseen-parcel-has-left',
    story:
      'The customer cancels while the reservation fails, but a parcel of the order has left, so the order goes on.',
    play: async (order) => {
      const garbage = order.fault('inventory', { call: /:reserve$/, changes: () => ({}) });
      order.fault('shipping', { call: /:cancel$/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.place();
      await order.untilStep('reserveStock', 'failed');
      await order.command('cancel');
      garbage.end();
      await order.untilParcels('dispatched');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: { status: 'completed' },
  },
  {
    name: 'unseen-steps-abandoned',
    story:
      'The same, and the answers stay garbage: an operator abandons the screening, the reservation and the confirmation.',
    play: async (order) => {
      order.fault('inventory', { call: /:(reserve|commit)$/, changes: () => ({}) });
      order.fault('payment', { call: /:screen$/, changes: () => ({}) });
      order.fault('shipping', { call: /:cancel$/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.place();
      await order.untilStep('reserveStock', 'failed');
      await order.untilStep('screenFraud', 'failed');
      await order.command('cancel');
      await order.untilParcels('dispatched');
      for (const step of ['screenFraud', 'reserveStock', 'confirmOrder']) {
        await order.untilStep(step, 'failed');
        await order.resolve('abandon', step);
      }
      await order.sendEvent('shipment.delivered', signed);
    },
    end: { status: 'completed' },
  },
  {
    name: 'unseen-confirmation-abandoned',
    story: 'The same, with the confirmation alone.',
    play: async (order) => {
      const garbage = order.fault('inventory', { call: /:(reserve|commit)$/, changes: () => ({}) });
      order.fault('shipping', { call: /:cancel$/, answer: { status: 200, body: { status: 'dispatched' } } });
      await order.place();
      await order.untilStep('reserveStock', 'failed');
      await order.command('cancel');
      garbage.end();
      order.fault('inventory', { call: /:commit$/, changes: () => ({}) });
      await order.untilStep('confirmOrder', 'failed');
      await order.resolve('abandon', 'confirmOrder');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: { status: 'completed' },
  },
  {
    name: 'reset-amended-too-early',
    story:
      'The customer orders less while the reservation fails. After a Reset the run does not know what was lost, and refuses that.',
    play: async (order) => {
      const failing = order.fails('inventory', /:reserve$/);
      await order.place();
      await failing.met;
      await order.command('amend', { lines: [{ sku: 'mug', quantity: 1 }] });
      await order.reset({ keeps: 'updates' });
      await order.untilEvent('WorkflowExecutionUpdateCompleted');
      await order.untilRun(({ status }) => status === 'needs_attention');
      failing.end();
      await order.resolve('retry', 'reserveStock');
      await order.untilParcels('booked');
      await order.sendEvent('shipment.delivered', signed);
    },
    end: { status: 'completed' },
  },
];
