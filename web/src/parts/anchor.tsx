import type { ComponentProps, MouseEvent } from 'react';
import { navigate } from '../routing/location.js';

/** A plain link within the page, for places with thousands of them. With a modifier key the browser does what it always does. */
export function Anchor({ href, ...props }: ComponentProps<'a'> & { href: string }) {
  const go = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...props} href={href} onClick={go} />;
}
