import type { OrderStatus } from '../../../contracts/statuses.js';

/** Drawn by hand on 16 x 16, in the colour of the text. */
const paths = {
  orders: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  trouble: 'M8 2.2 14.3 13.4H1.7ZM8 6.4v3.2M8 11.4v.4',
  processes:
    'M4 5.5v5M5.5 4H9a2.5 2.5 0 0 1 2.5 2.5M2.5 4a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M2.5 12a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M10 8a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0',
  overview: 'M2.5 13.5v-5M6.2 13.5v-8M9.9 13.5v-6M13.5 13.5v-11',
  place: 'M8 3v10M3 8h10',
  settings:
    'M2 4.5h5.5M11.5 4.5H14M7.5 4.5a2 2 0 1 0 4 0 2 2 0 1 0-4 0M2 11.5h2.5M8.5 11.5H14M4.5 11.5a2 2 0 1 0 4 0 2 2 0 1 0-4 0',
  signOut: 'M6 2.5H3.5v11H6M10.5 5 13.5 8l-3 3M13 8H6.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4l3.1 3.1',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3l2 1.5',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M4 6l4 4 4-4',
  check: 'M3.5 8.5l3 3 6-7',
} as const;

export type IconName = keyof typeof paths;

/** A picture beside a word that says the same, so that it is hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The shape of each status: told apart without colour. */
const shapes: Record<OrderStatus, { d: string; filled?: boolean }> = {
  placed: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11' },
  awaiting_customer: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3l2 1.5' },
  awaiting_review: {
    d: 'M1.8 8s2.3-4 6.2-4 6.2 4 6.2 4-2.3 4-6.2 4-6.2-4-6.2-4M8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3',
  },
  awaiting_payment: { d: 'M2 4h12v8H2ZM2 6.8h12M4 9.8h2.5' },
  confirmed: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M5.5 8.2l1.8 1.8 3.2-3.8' },
  shipping: { d: 'M1.5 4h7.5v6.5H1.5ZM9 6.5h3l2.5 2.2v1.8H9M4 10.5a1.3 1.3 0 1 0 .1 0M11.5 10.5a1.3 1.3 0 1 0 .1 0' },
  delivered: { d: 'M2.5 7.5 8 3l5.5 4.5M4 6.8V13h8V6.8M6.5 13V9.5h3V13' },
  needs_attention: { d: 'M8 1.8 14.6 13.6H1.4Z', filled: true },
  completed: { d: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z', filled: true },
  cancelled: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6' },
  failed: { d: 'M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4Z', filled: true },
};
const marks: Partial<Record<OrderStatus, string>> = {
  needs_attention: 'M8 6v3.4M8 11.3v.4',
  completed: 'M5.2 8.2l2 2 3.6-4.2',
  failed: 'M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
};

export function StatusIcon({ status }: { status: OrderStatus }) {
  const { d, filled } = shapes[status];
  return (
    <svg className={`icon${filled ? ' icon-filled' : ''}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={d} />
      {marks[status] && <path className="icon-mark" d={marks[status]} />}
    </svg>
  );
}
