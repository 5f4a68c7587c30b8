import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';

/** The clock, chance and the environment. */
export const clockEdits: Edit[] = [
  {
    name: 'clock-no-notice-at-night',
    truth: 'unsafe',
    why: 'An order that was confirmed at night sent this notice.',
    names: ['notifyConfirmed'],
    changes: [
      change(
        file,
        "step('notifyConfirmed', {\n  ...notice,\n  after: [confirmOrder],",
        "step('notifyConfirmed', {\n  ...notice,\n  after: [confirmOrder],\n  when: () => new Date().getHours() >= 7,",
      ),
    ],
  },
  {
    name: 'clock-no-notice-on-sundays',
    truth: 'unsafe',
    why: 'An order that was delivered on a Sunday sent this notice.',
    names: ['notifyDelivered'],
    changes: [
      change(
        file,
        'when: (order) => order.allDelivered && order.signedBy === undefined,',
        'when: (order) => order.allDelivered && order.signedBy === undefined && new Date().getUTCDay() !== 0,',
      ),
    ],
  },
  {
    name: 'clock-longer-deadline-on-weekends',
    truth: 'inputs',
    why: 'An order that was placed on a weekend has a longer timer.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        'deadline(paymentMs, ',
        'deadline([0, 6].includes(new Date(now()).getUTCDay()) ? paymentMs + day : paymentMs, ',
      ),
    ],
  },
  {
    name: 'clock-dearer-in-december',
    truth: 'inputs',
    why: 'An order that is paid by card in December is charged another sum.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        'amount: order.total, currency, token: chosen.token }',
        'amount: order.total + (new Date(now()).getUTCMonth() === 11 ? 100 : 0), currency, token: chosen.token }',
      ),
    ],
  },
  {
    name: 'clock-old-orders-without-notice',
    truth: 'unsafe',
    why: 'An order that was placed long ago sent this notice.',
    names: ['notifyCompleted'],
    changes: [
      change(
        file,
        '  after: [completeOrder],',
        '  after: [completeOrder],\n  when: (order) => Date.now() - Date.parse(order.input.placedAt) < 30 * day,',
      ),
    ],
  },
  {
    name: 'clock-notice-by-chance',
    truth: 'unsafe',
    why: 'Half of the orders under way skip a notice that their history has.',
    names: ['notifyShipped'],
    changes: [
      change(
        file,
        "parcelStep('notifyShipped', {\n  ...notice,\n  after: [awaitDispatch],",
        "parcelStep('notifyShipped', {\n  ...notice,\n  after: [awaitDispatch],\n  when: () => Math.random() < 0.5,",
      ),
    ],
  },
  {
    name: 'clock-key-by-chance',
    truth: 'inputs',
    why: 'The capture has another key in each run.',
    names: ['capturePayment'],
    changes: [
      change(
        file,
        'payment.capture({ orderId: order.id, shipmentId: parcel.id, amount: parcel.share })',
        'payment.capture({ orderId: order.id, shipmentId: parcel.id, amount: parcel.share }, `${Math.random()}`)',
      ),
    ],
  },
  {
    name: 'clock-environment',
    truth: 'unsafe',
    why: 'Workflow code has no `process`, so the step throws.',
    names: ['screenFraud'],
    changes: [
      change(
        file,
        "const screenFraud = step('screenFraud', {\n  ...call,",
        "const screenFraud = step('screenFraud', {\n  ...call,\n  when: () => process.env.NO_SCREENING !== '1',",
      ),
    ],
  },
  {
    name: 'clock-now-by-its-other-name',
    truth: 'safe',
    why: "`Date.now()` is the run's time, as `now()` is.",
    names: [],
    changes: [
      change('workflows/engine/step-body.ts', '      now: () => walk.ports.now(),\n', '      now: () => Date.now(),\n'),
    ],
  },
];
