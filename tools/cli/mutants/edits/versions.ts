import { change, type Edit } from '../edit.js';

const file = 'workflows/order/process.ts';

/** Versions of the processes. */
export const versionEdits: Edit[] = [
  {
    name: 'versions-old-one-gone',
    truth: 'unsafe',
    why: 'Orders under way name a version that no longer exists.',
    names: ['version 1'],
    changes: [
      change(
        file,
        'export const orderVersions = [orderProcess1, orderProcess] as const;',
        'export const orderVersions = [orderProcess] as const;',
      ),
    ],
  },
  {
    name: 'versions-returns-old-one-gone',
    truth: 'unsafe',
    why: 'Returns under way name a version that no longer exists.',
    names: ['version 1'],
    changes: [
      change(
        'workflows/returns/process.ts',
        "defineProcess<Return>('returns', 1, [",
        "defineProcess<Return>('returns', 2, [",
      ),
    ],
  },
  {
    name: 'versions-step-in-a-new-one',
    truth: 'safe',
    why: 'Orders under way keep the version that they were placed with.',
    names: [],
    changes: [
      change(
        file,
        "export const orderProcess = defineProcess<Order, OrderStatus>('order', 2, definition, { afterEnd: [notifyEnded] });\n",
        `const notifyPacked = step('notifyPacked', {
  ...notice,
  after: [confirmOrder],
  run: ({ facts: order, call }) => call(tell(order, 'confirmed', { packed: 'yes' })),
});

const orderProcess2 = defineProcess<Order, OrderStatus>('order', 2, definition, { afterEnd: [notifyEnded] });
export const orderProcess = defineProcess<Order, OrderStatus>('order', 3, [...definition, notifyPacked], {
  afterEnd: [notifyEnded],
});
`,
      ),
      change(
        file,
        'export const orderVersions = [orderProcess1, orderProcess] as const;',
        'export const orderVersions = [orderProcess1, orderProcess2, orderProcess] as const;',
      ),
    ],
  },
  {
    name: 'versions-step-in-the-new-one-and-the-old',
    truth: 'unsafe',
    why: 'The version before gets the step of the new one, too.',
    names: ['notifyPacked'],
    changes: [
      change(
        file,
        "export const orderProcess = defineProcess<Order, OrderStatus>('order', 2, definition, { afterEnd: [notifyEnded] });\n",
        `const notifyPacked = step('notifyPacked', {
  ...notice,
  after: [confirmOrder],
  run: ({ facts: order, call }) => call(tell(order, 'confirmed', { packed: 'yes' })),
});

const withPacking = [...definition, notifyPacked];
const orderProcess2 = defineProcess<Order, OrderStatus>('order', 2, withPacking, { afterEnd: [notifyEnded] });
export const orderProcess = defineProcess<Order, OrderStatus>('order', 3, withPacking, { afterEnd: [notifyEnded] });
`,
      ),
      change(
        file,
        'export const orderVersions = [orderProcess1, orderProcess] as const;',
        'export const orderVersions = [orderProcess1, orderProcess2, orderProcess] as const;',
      ),
    ],
  },
  {
    name: 'versions-workflow-type-renamed',
    truth: 'unsafe',
    why: 'Temporal keeps runs of the old name.',
    names: ['processOrder'],
    changes: [
      change('workflows/index.ts', 'export { processOrder } from', 'export { processOrder as processOrders } from'),
    ],
  },
  {
    name: 'versions-error-with-another-text',
    truth: 'safe',
    why: 'Orders under way name a version that exists.',
    names: [],
    changes: [
      change(
        'workflows/engine/versions.ts',
        '`Unknown version ${version} of the ${versions[0]?.name} process. Known versions: ${known}.`',
        '`The ${versions[0]?.name} process has no version ${version}, only ${known}.`',
      ),
    ],
  },
];
