import type { ReactNode } from 'react';

/** A part of the page that is scrolled sideways where it is too wide; the arrow keys can do it, too. */
export function Scroll({ label, className, children }: { label: string; className: string; children: ReactNode }) {
  return (
    <div className={className} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
