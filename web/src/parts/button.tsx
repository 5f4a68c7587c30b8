import {
  Button as AriaButton,
  Link as AriaLink,
  type ButtonProps as AriaButtonProps,
  type LinkProps as AriaLinkProps,
} from 'react-aria-components';

type Kind = 'primary' | 'plain' | 'danger' | 'quiet';

export function Button({ kind = 'plain', ...props }: AriaButtonProps & { kind?: Kind }) {
  return <AriaButton {...props} className={`button button-${kind}`} />;
}

/** A link that looks like a button. */
export function ButtonLink({ kind = 'plain', ...props }: AriaLinkProps & { kind?: Kind }) {
  return <AriaLink {...props} className={`button button-${kind}`} />;
}
