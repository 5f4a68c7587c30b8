import { leftToReturn } from '../../../contracts/returns.js';
import type { OrderView, StepView } from '../../../contracts/order.js';
import type { MessageName } from '../language/messages/en.js';
import { baseOf } from './graph-model.js';

/** Of the key that is signed in. */
type Role = 'shop' | 'operator';

/** A field of the question that a button asks. */
export interface Field {
  name: string;
  /** A message; or a name from outside, such as a sku, under `names`. */
  label: MessageName | { outside: string };
  kind: 'text' | 'long' | 'number';
  initial?: string;
  required?: boolean;
  /** Of a number. */
  max?: number;
}

interface Request {
  path: string;
  method: 'POST' | 'PATCH';
  body: object;
}

/** What a person can do to the order now, and what the page asks before. */
export interface Action {
  id: string;
  label: MessageName;
  /** What will happen. */
  text: MessageName;
  kind: 'plain' | 'primary' | 'danger';
  /** The step or the return that it is about. */
  about?: string;
  fields: Field[];
  /** The call for what was filled in. */
  request: (values: Readonly<Record<string, string>>) => Request;
}

/** Steps that the definitions allow to be skipped; a test compares them. */
export const skippable: readonly string[] = [
  'notifyDecisionNeeded',
  'notifyPaymentNeeded',
  'notifyConfirmed',
  'awaitDispatch',
  'notifyShipped',
  'awaitDelivery',
  'notifyRefunded',
  'signForDelivery',
  'notifyDelivered',
  'notifyCompleted',
  'notifyEnded',
];

/** The actions on the whole order that are possible now, and that the role may do. */
export function actionsOf(order: OrderView, role: Role): Action[] {
  const isPossible = (command: OrderView['possible'][number]) => order.possible.includes(command);
  return [
    ...(isPossible('review') && role === 'operator' ? [decide(order, 'approve'), decide(order, 'reject')] : []),
    ...(isPossible('decision') ? [accept(order)] : []),
    ...(isPossible('payment') ? [pay(order)] : []),
    ...(isPossible('receipt') ? [simple(order, 'receipt')] : []),
    ...(isPossible('return') ? [bringBack(order)] : []),
    ...(isPossible('amend') ? [amend(order)] : []),
    ...(isPossible('cancel') ? [cancel(order)] : []),
  ];
}

/** Whether the page would offer the action now. */
export function isOffered({ id, about }: Action, order: OrderView, role: Role): boolean {
  return [
    ...actionsOf(order, role),
    ...order.steps.flatMap((step) => stepActions(order, step, role)),
    ...order.returns.flatMap((back) => returnActions(order, back, role)),
  ].some((action) => action.id === id && action.about === about);
}

/** Reasons that leave nothing but to abandon the step. */
const onlyAbandon: readonly string[] = ['terminated', 'reset_after_undo'];

/** What an operator can do about one step now. */
export function stepActions(order: OrderView, step: StepView, role: Role): Action[] {
  if (role !== 'operator' || !order.possible.includes('resolve')) return [];
  const canSkip = skippable.includes(baseOf(step.id));
  const isStuck = ['running', 'failed', 'undoing', 'waiting'].includes(step.state) && step.failure !== undefined;
  const isWait = step.state === 'waiting' && canSkip;
  const mayOnlyAbandon = step.id === order.failure?.step && onlyAbandon.includes(order.failure.code);
  const names: ('retry' | 'skip' | 'abandon')[] = mayOnlyAbandon
    ? ['abandon']
    : [
        ...(isStuck ? (['retry'] as const) : []),
        ...((isStuck || isWait) && canSkip && step.state !== 'undoing' ? (['skip'] as const) : []),
        ...((isStuck || isWait) && step.state !== 'undoing' ? (['abandon'] as const) : []),
      ];
  return names.map((action) => ({
    id: action,
    label: `action.${action}`,
    text: `action.text.${action}`,
    kind: action === 'retry' ? 'primary' : action === 'abandon' ? 'danger' : 'plain',
    about: step.id,
    fields: [],
    request: () => post(order, 'resolve', { action, step: step.id }),
  }));
}

/** What an operator can do about a return that waits for a review. */
export function returnActions(order: OrderView, back: OrderView['returns'][number], role: Role): Action[] {
  if (role !== 'operator' || back.status !== 'requested') return [];
  return (['approve', 'reject'] as const).map((decision) => ({
    id: `${decision}Return`,
    label: `action.${decision}`,
    text: `action.text.${decision}Return`,
    kind: decision === 'approve' ? 'primary' : 'danger',
    about: back.id,
    fields: [note],
    request: ({ note }) =>
      post(order, `returns/${encodeURIComponent(back.id)}/review`, { decision, ...given({ note }) }),
  }));
}

const note: Field = { name: 'note', label: 'action.field.note', kind: 'long' };

function cancel(order: OrderView): Action {
  return {
    id: 'cancel',
    label: 'action.cancel',
    text: 'action.text.cancel',
    kind: 'danger',
    fields: [{ name: 'reason', label: 'action.field.reason', kind: 'long' }],
    request: ({ reason }) => post(order, 'cancel', given({ reason })),
  };
}

function decide(order: OrderView, decision: 'approve' | 'reject'): Action {
  return {
    id: decision,
    label: `action.${decision}`,
    text: `action.text.${decision}`,
    kind: decision === 'approve' ? 'primary' : 'danger',
    fields: [note],
    request: ({ note }) => post(order, 'review', { decision, ...given({ note }) }),
  };
}

/** The other decision about a shortage is to cancel, which has a button of its own. */
function accept(order: OrderView): Action {
  return {
    id: 'decision',
    label: 'action.decision',
    text: 'action.text.decision',
    kind: 'primary',
    fields: [],
    request: () => post(order, 'decision', { decision: 'accept_partial' }),
  };
}

function pay(order: OrderView): Action {
  return {
    id: 'payment',
    label: 'action.payment',
    text: 'action.text.payment',
    kind: 'primary',
    fields: [{ name: 'token', label: 'action.field.token', kind: 'text', required: true }],
    request: ({ token = '' }) => post(order, 'payment', { method: 'card', token: token.trim() }),
  };
}

function simple(order: OrderView, command: 'receipt'): Action {
  return {
    id: command,
    label: `action.${command}`,
    text: `action.text.${command}`,
    kind: 'plain',
    fields: [],
    request: () => post(order, command, {}),
  };
}

function bringBack(order: OrderView): Action {
  const delivered = order.shipments.filter(({ status }) => status === 'delivered');
  const left = [...leftToReturn(delivered, order.returns)].filter(([, quantity]) => quantity > 0);
  return {
    id: 'return',
    label: 'action.return',
    text: 'action.text.return',
    kind: 'plain',
    fields: [
      ...left.map(([sku, max]): Field => ({
        name: `sku:${sku}`,
        label: { outside: sku },
        kind: 'number',
        initial: left.length === 1 ? `${max}` : '0',
        max,
      })),
      { name: 'reason', label: 'action.field.reason', kind: 'long', required: true },
    ],
    request: (values) => post(order, 'returns', { lines: quantities(values), reason: values.reason ?? '' }),
  };
}

const addressFields = ['name', 'line1', 'line2', 'city', 'region', 'postalCode', 'country'] as const;

function amend(order: OrderView): Action {
  const { lines, shippingAddress } = order;
  return {
    id: 'amend',
    label: 'action.amend',
    text: 'action.text.amend',
    kind: 'plain',
    fields: [
      ...lines.map(({ sku, quantity }): Field => ({
        name: `sku:${sku}`,
        label: { outside: sku },
        kind: 'number',
        initial: `${quantity}`,
        max: quantity,
      })),
      ...addressFields.map((name): Field => ({
        name,
        label: `address.${name}`,
        kind: 'text',
        initial: shippingAddress[name] ?? '',
      })),
    ],
    request: (values) => {
      const address = given(Object.fromEntries(addressFields.map((name) => [name, values[name]?.trim()])));
      const isMoved = addressFields.some((name) => (address[name] ?? '') !== (shippingAddress[name] ?? ''));
      const wanted = quantities(values);
      const isLess = lines.some(({ sku, quantity }) => wanted.find((line) => line.sku === sku)?.quantity !== quantity);
      const body = { ...(isLess ? { lines: wanted } : {}), ...(isMoved ? { shippingAddress: address } : {}) };
      return { path: pathOf(order), method: 'PATCH', body };
    },
  };
}

const pathOf = (order: OrderView): string => `/v1/orders/${encodeURIComponent(order.id)}`;

const post = (order: OrderView, command: string, body: object): Request => ({
  path: `${pathOf(order)}/${command}`,
  method: 'POST',
  body,
});

function quantities(values: Readonly<Record<string, string>>): { sku: string; quantity: number }[] {
  return Object.entries(values)
    .filter(([name]) => name.startsWith('sku:'))
    .map(([name, quantity]) => ({ sku: name.slice('sku:'.length), quantity: Number(quantity) }))
    .filter(({ quantity }) => quantity !== 0);
}

/** The values that are there and not empty. */
function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim())),
  );
}
