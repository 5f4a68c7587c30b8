import { defined } from '../../../contracts/defined.js';
import type { LifeResult } from './compare.js';

/** Orders that HEAD began and BASE cannot go on with, for one reason. */
export interface NoWayBack {
  /** Set when BASE lacks the version that they began with. */
  process?: string;
  version?: number;
  /** What BASE does with them. */
  reason: string;
  /** The lives that show it. */
  lives: string[];
}

/** Groups the lives of HEAD that BASE cannot go on with, by the reason. A roll back would stop such orders. */
export function withoutWayBack(lives: readonly LifeResult[]): NoWayBack[] {
  const groups = new Map<string, NoWayBack>();
  for (const { life, began, from, noWayBack } of lives) {
    if (!noWayBack || from === 'base') continue;
    const { kind, step, now } = noWayBack;
    const lacksVersion = kind === 'version' && began !== undefined;
    const place = step === undefined ? '' : `at step ${step}: `;
    const group: NoWayBack = { ...(lacksVersion ? began : {}), reason: `${place}${now}`, lives: [] };
    const key = JSON.stringify(lacksVersion ? began : group.reason);
    const known = groups.get(key) ?? group;
    groups.set(key, known);
    known.lives.push(life);
  }
  return [...groups.values()];
}

/** Who cannot be rolled back, in a sentence for each reason. */
export function wayBackSentence({ process, version, reason }: NoWayBack, base: string): string {
  if (process === undefined) return `Orders like these cannot be rolled back to ${base}. ${reason}`;
  return `Orders that began with version ${version} of the ${process} process cannot be rolled back to ${base}, which does not have it.`;
}

const shown = 12;

/** The part of the report about a roll back, in lines. */
export function wayBackLines(lives: readonly LifeResult[], base: string): string[] {
  const groups = withoutWayBack(lives);
  if (groups.length === 0) return ['Roll back: BASE can go on with every life of HEAD.'];
  const stopped = groups.reduce((sum, each) => sum + each.lives.length, 0);
  const others = lives.filter(({ from }) => from !== 'base').length - stopped;
  return [
    ...groups.flatMap((group) => [
      `Roll back: ${wayBackSentence(group, base)}`,
      `    ${countOf(group.lives.length)} ${group.lives.length === 1 ? 'shows' : 'show'} it: ${namesOf(group.lives)}`,
    ]),
    ...wayBackAdvice(groups).map((text) => `    ${text}`),
    `    BASE can go on with the other ${countOf(others)} of HEAD.`,
  ];
}

/** Tells the reader how a roll back affects these orders, and how to go on. */
export function wayBackAdvice(groups: readonly NoWayBack[]): string[] {
  const isVersion = groups.some(({ process }) => process !== undefined);
  return [
    'Such orders would stand still on BASE (needs_attention, code_mismatch), and lose nothing, until HEAD is deployed again.',
    ...(isVersion
      ? [
          'Deploy the worker of HEAD first and its API after it: an order gets a new version from the API, so until then every order can be rolled back.',
        ]
      : []),
    'Once such orders exist, go forward: mend HEAD and deploy it.',
  ];
}

/** The same for `--json`. */
export function plainWayBack(lives: readonly LifeResult[]): object {
  const groups = withoutWayBack(lives);
  return { isPossible: groups.length === 0, without: groups.map((group) => defined({ ...group })) };
}

function namesOf(names: readonly string[]): string {
  const more = names.length - shown;
  return `${names.slice(0, shown).join(', ')}${more > 0 ? `, and ${more} more (--json has all)` : ''}`;
}

const countOf = (count: number): string => (count === 1 ? '1 life' : `${count} lives`);
