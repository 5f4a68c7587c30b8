import { Component, type ReactNode } from 'react';
import { Refused, Unreachable } from '../api/client.js';
import { useText } from '../language/language.js';
import { routes } from '../routing/routes.js';
import { Button, ButtonLink } from './button.js';
import { Icon, type IconName } from './icons.js';

/** What stands in place of content that is not there: what it is, and what to do. */
export function Notice({
  icon,
  title,
  text,
  children,
}: {
  icon?: IconName;
  title: string;
  text?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="notice">
      {icon && (
        <span className="notice-icon">
          <Icon name={icon} />
        </span>
      )}
      <h2>{title}</h2>
      {text !== undefined && <p>{text}</p>}
      {children}
    </div>
  );
}

/** Shown while the first answer is on its way; it appears only when that takes a while. */
export function Loading() {
  const say = useText();
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {say('state.loading')}
    </div>
  );
}

/** Why something did not work, beside what is there: in the words of the API where it answered. */
export function ErrorLine({ error, className = 'banner' }: { error: Error; className?: 'banner' | 'field-error' }) {
  const say = useText();
  return (
    <p className={className} role="alert">
      {error instanceof Unreachable ? say('state.unreachable.short') : error.message}
    </p>
  );
}

/** What went wrong, in place of the content: in the words of the API where it answered. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const say = useText();
  const retry = onRetry && <Button onPress={onRetry}>{say('state.retry')}</Button>;
  if (error instanceof Unreachable) {
    return (
      <Notice icon="trouble" title={say('state.unreachable.title')} text={say('state.unreachable.text')}>
        {retry}
      </Notice>
    );
  }
  if (error instanceof Refused && error.problem.status === 404) return <NotFound text={error.problem.detail} />;
  if (error instanceof Refused && error.problem.status === 403) {
    return <Notice icon="trouble" title={say('state.forbidden.title')} text={say('state.forbidden.text')} />;
  }
  return (
    <Notice icon="trouble" title={say('state.failed.title')} text={error.message}>
      {retry}
    </Notice>
  );
}

export function NotFound({ text }: { text?: string }) {
  const say = useText();
  return (
    <Notice icon="search" title={say('state.notFound.title')} text={text ?? say('state.notFound.text')}>
      <ButtonLink href={routes.orders}>{say('state.notFound.back')}</ButtonLink>
    </Notice>
  );
}

/** A fault of the page itself takes away the part that has it, and says so. */
export class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { error: Error }) {
  const say = useText();
  return (
    <Notice icon="trouble" title={say('state.broken.title')} text={say('state.broken.text')}>
      <pre>{error.message}</pre>
      <Button onPress={() => window.location.reload()}>{say('state.broken.reload')}</Button>
    </Notice>
  );
}
