import { useText } from '../language/language.js';
import { Notice } from '../parts/states.js';

/** Greets a first start: there is no order yet. */
export function Welcome() {
  const say = useText();
  return <Notice icon="orders" title={say('orders.empty.title')} text={say('orders.empty.text')} />;
}
