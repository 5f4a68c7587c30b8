import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';

/** Calls to services: which, in which order, and what they send. */
export const callEdits: Edit[] = [
  {
    name: 'calls-one-cent-more',
    truth: 'inputs',
    why: 'Every card is charged one cent more than the order costs.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        'amount: order.total, currency, token: chosen.token }',
        'amount: order.total + 1, currency, token: chosen.token }',
      ),
    ],
  },
  {
    name: 'calls-longer-hold',
    truth: 'inputs',
    why: 'Stock is held for another time.',
    names: ['reserveStock'],
    changes: [change(file, 'const hold = 15 * minute;', 'const hold = 20 * minute;')],
  },
  {
    name: 'calls-longer-hold-of-a-wait',
    truth: 'inputs',
    why: 'The stock of an order that waits is held for another time.',
    names: ['resolveShortage', 'review', 'authorizePayment'],
    changes: [change(file, 'holdMs: waitMs + hold,', 'holdMs: waitMs + 2 * hold,')],
  },
  {
    name: 'calls-another-key-of-a-payment',
    truth: 'inputs',
    why: 'After a crash the payment is made again under another key.',
    names: ['authorizePayment'],
    changes: [
      change(file, 'token, screen: true },\n      digestOf(message.id),', 'token, screen: true },\n      message.id,'),
    ],
  },
  {
    name: 'calls-another-key-of-every-call',
    truth: 'inputs',
    why: 'Every call has another idempotency key.',
    names: ['reserveStock'],
    changes: [
      change(
        'workflows/engine/step-calls.ts',
        'const key = `${this.runKey}:${step.id}:${call.operation}${subject}`;',
        'const key = `${this.runKey}/${step.id}/${call.operation}${subject}`;',
      ),
    ],
  },
  {
    name: 'calls-key-without-the-parcel',
    truth: 'inputs',
    why: 'Two parcels of an order send their calls under one key.',
    names: ['bookParcel'],
    changes: [
      change(
        'workflows/engine/step-calls.ts',
        'const key = `${this.runKey}:${step.id}:${call.operation}${subject}`;',
        'const key = `${this.runKey}:${step.definition.id}:${call.operation}${subject}`;',
      ),
    ],
  },
  {
    name: 'calls-swapped-in-an-undo',
    truth: 'unsafe',
    why: 'The undo of one of two parcels refunds before it releases.',
    names: ['bookParcel'],
    changes: [
      change(
        file,
        '      await call(inventory.release({ orderId: order.id, shipmentId: parcel.id }));\n      // A replacement of a lost parcel was paid for with the original.\n',
        '',
      ),
      change(
        file,
        'if (amount > 0) order.money(await call(payment.refund({ orderId: order.id, subject: parcel.id, amount })));\n    }\n    return undefined;',
        'if (amount > 0) order.money(await call(payment.refund({ orderId: order.id, subject: parcel.id, amount })));\n      await call(inventory.release({ orderId: order.id, shipmentId: parcel.id }));\n    }\n    return undefined;',
      ),
    ],
  },
  {
    name: 'calls-restock-removed',
    truth: 'unsafe',
    why: 'A parcel that came back was put into stock again.',
    names: ['recoverParcel'],
    changes: [
      change(
        file,
        "results.awaitDelivery === 'returned'\n        ? call(inventory.restock({ orderId: order.id, shipmentId: parcel.id, lines: parcel.lines }))\n        : undefined;",
        'undefined;',
      ),
    ],
  },
  {
    name: 'calls-one-added',
    truth: 'unsafe',
    why: 'Every completed order makes one more call.',
    names: ['completeOrder'],
    changes: [
      change(
        file,
        "const completeOrder = step('completeOrder', {\n  ...call,\n  after: [signForDelivery],\n  run: async ({ facts: order, call }) => {\n",
        "const completeOrder = step('completeOrder', {\n  ...call,\n  after: [signForDelivery],\n  run: async ({ facts: order, call }) => {\n    await call(payment.taken({ orderId: order.id }));\n",
      ),
    ],
  },
  {
    name: 'calls-one-after-the-other',
    truth: 'unsafe',
    why: 'The history has both calls under way at once, and the answer of the second may be first.',
    names: ['recoverParcel'],
    changes: [
      change(
        file,
        'const [refunded] = await Promise.all([back, restocked]);',
        "const refunded = await back;\n    if (results.awaitDelivery === 'returned') {\n      await call(inventory.restock({ orderId: order.id, shipmentId: parcel.id, lines: parcel.lines }));\n    }",
      ),
      change(
        file,
        "    const restocked =\n      results.awaitDelivery === 'returned'\n        ? call(inventory.restock({ orderId: order.id, shipmentId: parcel.id, lines: parcel.lines }))\n        : undefined;\n",
        '',
      ),
    ],
  },
  {
    name: 'calls-refund-and-restock-swapped',
    truth: 'unsafe',
    why: 'Two calls that are made at once are made in another order.',
    names: ['recoverParcel'],
    changes: [
      change(
        file,
        '    const back = amount > 0 ? call(payment.refund({ orderId: order.id, subject: parcel.id, amount })) : undefined;\n',
        '',
      ),
      change(
        file,
        '        : undefined;\n    const [refunded]',
        '        : undefined;\n    const back = amount > 0 ? call(payment.refund({ orderId: order.id, subject: parcel.id, amount })) : undefined;\n    const [refunded]',
      ),
    ],
  },
  {
    name: 'calls-capture-of-everything',
    truth: 'inputs',
    why: 'Each of two parcels captures the whole order.',
    names: ['capturePayment'],
    changes: [
      change(file, 'shipmentId: parcel.id, amount: parcel.share }', 'shipmentId: parcel.id, amount: order.total }'),
    ],
  },
  {
    name: 'calls-remainder-to-the-last-parcel',
    truth: 'inputs',
    why: 'The cent that is left over is captured with another parcel.',
    names: ['capturePayment'],
    changes: [
      change(
        'contracts/money.ts',
        'for (let i = 0; i < shares.length && remainder !== 0; i += 1) {',
        'for (let i = shares.length - 1; i >= 0 && remainder !== 0; i -= 1) {',
      ),
    ],
  },
  {
    name: 'calls-refund-booked-on-the-order',
    truth: 'inputs',
    why: 'The refund of a parcel is booked as one of the order.',
    names: ['recoverParcel'],
    changes: [
      change(
        file,
        'const back = amount > 0 ? call(payment.refund({ orderId: order.id, subject: parcel.id, amount })) : undefined;',
        'const back = amount > 0 ? call(payment.refund({ orderId: order.id, subject: order.id, amount })) : undefined;',
      ),
    ],
  },
  {
    name: 'calls-refund-of-everything-captured',
    truth: 'unsafe',
    why: 'An order whose parcels were refunded one by one is refunded once more.',
    names: ['signForDelivery'],
    changes: [
      change(
        file,
        'const amount = order.payment.captured - order.payment.refunded;',
        'const amount = order.payment.captured;',
      ),
    ],
  },
  {
    name: 'calls-screening-without-the-shop',
    truth: 'inputs',
    why: 'The screening is not told which shop the order is of.',
    names: ['screenFraud'],
    changes: [change(file, 'shopId: order.input.shopId,', "shopId: '',")],
  },
  {
    name: 'calls-another-notice',
    truth: 'inputs',
    why: 'The customer gets the text of another event.',
    names: ['notifyPaymentNeeded'],
    changes: [change(file, "call(tell(order, 'payment_needed'))", "call(tell(order, 'decision_needed'))")],
  },
  {
    name: 'calls-notice-without-tracking-number',
    truth: 'inputs',
    why: 'The notice of a shipment no longer has the tracking number.',
    names: ['notifyShipped'],
    changes: [
      change(
        file,
        "call(tell(order, 'shipped', defined({ trackingNumber: parcel.trackingNumber }), parcel.id))",
        "call(tell(order, 'shipped', {}, parcel.id))",
      ),
    ],
  },
  {
    name: 'calls-notice-without-address',
    truth: 'inputs',
    why: 'The notices of an order with an e-mail address go nowhere.',
    names: ['notifyConfirmed'],
    changes: [
      change(file, '...defined({ subject, email }),', '...defined({ subject }),'),
      change(file, '  const { email } = order.input.order;\n', ''),
    ],
  },
  {
    name: 'calls-parcel-to-the-first-address',
    truth: 'inputs',
    why: 'An order whose address was changed is sent to the old one.',
    names: ['bookParcel'],
    changes: [change(file, 'address: order.address,', 'address: order.input.order.shippingAddress,')],
  },
  {
    name: 'calls-another-carrier',
    truth: 'inputs',
    why: 'An order without a carrier of its own is booked with another one.',
    names: ['bookParcel'],
    changes: [
      change(
        file,
        "carrier: order.input.order.carrier ?? 'simulated',",
        "carrier: order.input.order.carrier ?? 'external',",
      ),
    ],
  },
  {
    name: 'calls-commit-without-what-is-known',
    truth: 'inputs',
    why: 'The inventory is no longer told what the run knows.',
    names: ['confirmOrder'],
    changes: [
      change(
        file,
        'inventory.commit({ orderId: order.id, known: order.allocations })',
        'inventory.commit({ orderId: order.id, known: [] })',
      ),
    ],
  },
  {
    name: 'calls-settled-instead-of-voided',
    truth: 'unsafe',
    why: 'The undo of an authorization makes another call.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        'order.voided(await call(payment.void({ orderId: order.id })));',
        'order.voided(await call(payment.settle({ orderId: order.id })));',
      ),
    ],
  },
  {
    name: 'calls-lost-parcel-without-stock-fails',
    truth: 'unsafe',
    why: 'A lost parcel that cannot be sent again was paid back.',
    names: ['recoverParcel'],
    changes: [
      change(
        file,
        "        return 'sent again';\n      } catch (error) {\n        if (!(error instanceof Rejection)) throw error;",
        "        return 'sent again';\n      } catch (error) {\n        if (error instanceof Rejection) throw error;",
      ),
    ],
  },
  {
    name: 'calls-rejected-capture-tried-again',
    truth: 'unsafe',
    why: 'A rejected capture waited for an operator, and is now made again at once.',
    names: ['capturePayment'],
    changes: [
      change(
        file,
        '    order.money(await call(payment.capture({ orderId: order.id, shipmentId: parcel.id, amount: parcel.share })));\n',
        "    const capture = payment.capture({ orderId: order.id, shipmentId: parcel.id, amount: parcel.share });\n    order.money(\n      await call(capture).catch((error: unknown) => {\n        if (error instanceof Rejection) return call({ ...capture, subject: 'again' });\n        throw error;\n      }),\n    );\n",
      ),
    ],
  },
  {
    name: 'calls-declined-card-not-recorded',
    truth: 'view only',
    why: 'The declined attempt is missing among the attempts that are shown.',
    names: ['authorizePayment'],
    changes: [
      change(
        file,
        "      if (error instanceof Rejection) order.attempted(now(), 'declined', error.code);\n      throw error;\n    }\n  },\n  undo:",
        '      throw error;\n    }\n  },\n  undo:',
      ),
    ],
  },
  {
    name: 'calls-amended-payment-first',
    truth: 'unsafe',
    why: 'An order that is amended after its authorization makes two calls in another order.',
    names: ['confirmOrder', 'authorizePayment'],
    changes: [
      change(
        file,
        '    const { parcels } = await call(inventory.reduce({ orderId: order.id, lines: order.wanted }, `${order.amendments}`));\n    order.reserved(parcels);\n    if (order.payment.authorized > order.total) {\n      order.money(await call(payment.reduce({ orderId: order.id, amount: order.total }, `${order.amendments}`)));\n    }\n',
        '    if (order.payment.authorized > order.total) {\n      order.money(await call(payment.reduce({ orderId: order.id, amount: order.total }, `${order.amendments}`)));\n    }\n    const { parcels } = await call(inventory.reduce({ orderId: order.id, lines: order.wanted }, `${order.amendments}`));\n    order.reserved(parcels);\n',
      ),
    ],
  },
  {
    name: 'calls-amended-stock-kept',
    truth: 'unsafe',
    why: 'An amended order lowered what is reserved for it.',
    names: ['authorizePayment', 'confirmOrder'],
    changes: [
      change(
        file,
        '    const { parcels } = await call(inventory.reduce({ orderId: order.id, lines: order.wanted }, `${order.amendments}`));\n    order.reserved(parcels);\n',
        '',
      ),
    ],
  },
  {
    name: 'calls-partial-total-with-full-adjustments',
    truth: 'inputs',
    why: 'A short order with a discount is charged another sum.',
    names: ['authorizePayment', 'capturePayment'],
    changes: [
      change(
        'contracts/money.ts',
        'const adjustments = placed.adjustments.map((a) => ({ ...a, amount: proportion(a.amount, left, all) }));',
        'const adjustments = left > all ? [] : [...placed.adjustments];',
      ),
    ],
  },
];
