import type { StepState } from '../../../contracts/statuses.js';

/** Each state has a shape of its own, so that it is told apart without colour. */
const shapes: Record<StepState, { d: string; filled?: boolean; mark?: string; dashed?: boolean }> = {
  pending: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11', dashed: true },
  running: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M6.6 5.6v4.8L10.6 8Z' },
  waiting: { d: 'M4.5 2h7M4.5 14h7M5.2 2v2.6L8 8l2.8-3.4V2M5.2 14v-2.6L8 8l2.8 3.4V14' },
  done: { d: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z', filled: true, mark: 'M5.2 8.2l2 2 3.6-4.2' },
  skipped: { d: 'M3 4.5 7 8l-4 3.5M8.5 4.5l4 3.5-4 3.5' },
  failed: {
    d: 'M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4Z',
    filled: true,
    mark: 'M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  },
  undoing: { d: 'M3 6.5h7a3 3 0 0 1 0 6H7M5.8 3.5 3 6.5l2.8 3' },
  undone: { d: 'M3 6.5h7a3 3 0 0 1 0 6H7M5.8 3.5 3 6.5l2.8 3M12.5 2.5l-9 11' },
};

/** The kind of a state decides its colour; its shape and its word say the same. */
export const kindOfState: Record<StepState, 'moving' | 'waiting' | 'trouble' | 'good' | 'ended'> = {
  pending: 'ended',
  running: 'moving',
  waiting: 'waiting',
  done: 'good',
  skipped: 'ended',
  failed: 'trouble',
  undoing: 'moving',
  undone: 'ended',
};

export function StateIcon({ state }: { state: StepState }) {
  const { d, filled, mark, dashed } = shapes[state];
  return (
    <svg className={`icon${filled ? ' icon-filled' : ''}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={d} {...(dashed ? { strokeDasharray: '2 2.2' } : {})} />
      {mark && <path className="icon-mark" d={mark} />}
    </svg>
  );
}
