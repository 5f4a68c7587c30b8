import type { ReactNode } from 'react';
import { useFormats } from '../language/format.js';
import { Anchor } from '../parts/anchor.js';

export interface BarRow {
  key: string;
  name: ReactNode;
  value: number;
  /** The orders behind the bar. */
  href?: string;
}

/** Numbers with bars beside them: the number says it, the bar shows it. */
export function Bars({ rows, empty }: { rows: readonly BarRow[]; empty: string }) {
  const { number } = useFormats();
  if (rows.length === 0) return <p className="soft">{empty}</p>;
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <ul className="bars">
      {rows.map(({ key, name, value, href }) => (
        <li key={key}>
          <span className="bars-name">{href ? <Anchor href={href}>{name}</Anchor> : name}</span>
          <span className="bars-track" aria-hidden="true">
            <span style={{ width: `${(value / most) * 100}%` }} />
          </span>
          <span className="bars-value">{number(value)}</span>
        </li>
      ))}
    </ul>
  );
}
