import type { Answer, View } from './observation.js';

interface Seen {
  kind: Answer['kind'];
  view: View;
  askedAt: number;
  answeredAt: number;
}

/** An answer with a view, and the one with the highest revision of those that were there before it was asked. */
export interface Turn {
  answer: Seen;
  before: Seen | undefined;
}

/**
 * The views of an order that somebody was answered, in the order in which they were asked for. A stream's events come when they come, so
 * an event is compared with those before it on the same stream alone.
 */
export function inTurn(answers: readonly Answer[]): Turn[] {
  const seen = answers.flatMap(toSeen);
  const asked = seen.filter(({ kind }) => kind !== 'stream').sort((a, b) => a.askedAt - b.askedAt);
  const answered = [...asked].sort((a, b) => a.answeredAt - b.answeredAt);
  const turns: Turn[] = [];
  let next = 0;
  let before: Seen | undefined;
  for (const answer of asked) {
    for (; next < answered.length && answered[next]!.answeredAt <= answer.askedAt; next += 1) {
      const earlier = answered[next]!;
      if (earlier !== answer && (!before || earlier.view.revision >= before.view.revision)) before = earlier;
    }
    turns.push({ answer, before });
  }
  return [...turns, ...alongStreams(answers)];
}

function alongStreams(answers: readonly Answer[]): Turn[] {
  const last = new Map<string, Seen>();
  return answers
    .filter(({ kind }) => kind === 'stream')
    .flatMap((event) =>
      toSeen(event).map((answer) => {
        const name = event.key ?? '';
        const before = last.get(name);
        last.set(name, answer);
        return { answer, before };
      }),
    );
}

function toSeen({ kind, status, body, askedAt, answeredAt }: Answer): Seen[] {
  if (status === undefined || status < 200 || status >= 300 || answeredAt === undefined) return [];
  const view = body as View | undefined;
  if (typeof view?.revision !== 'number' || typeof view.status !== 'string') return [];
  return [{ kind, view, askedAt, answeredAt }];
}
