import { useText } from '../language/language.js';

/** Who sent something: the name of a key. A key without a name of its own is called after its shop and role: `*:operator`. */
export function KeyName({ name }: { name: string }) {
  const say = useText();
  const [, role] = /:(operator|shop)$/.exec(name) ?? [];
  return <bdi>{role === undefined ? name : say(`session.role.${role as 'operator' | 'shop'}`)}</bdi>;
}
