import { useText } from '../language/language.js';
import { ButtonLink } from '../parts/button.js';
import { Notice } from '../parts/states.js';
import { routes } from '../routing/routes.js';
import { useIsDevelopment } from '../session/development.js';

/** Greets a first start: there is no order yet. On a server with development keys it offers to place one. */
export function Welcome() {
  const say = useText();
  const isDevelopment = useIsDevelopment();
  return (
    <Notice
      icon="orders"
      title={say('orders.empty.title')}
      text={say(isDevelopment ? 'orders.empty.place' : 'orders.empty.text')}
    >
      {isDevelopment && (
        <ButtonLink kind="primary" href={routes.place}>
          {say('nav.place')}
        </ButtonLink>
      )}
    </Notice>
  );
}
