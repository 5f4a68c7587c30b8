import type { RecordedHistory } from '../../replay/history.js';
import { mapEvent, rawEvents, renumbered, tasksOf, type RawEvent } from './events.js';
import type { Random } from './random.js';
import type { Variant } from './variant.js';

/**
 * Days on which code that reads the clock may do something else. Together with the hours, each run has its first event on another day and in
 * another part of the day.
 */
const days = [
  { day: '2027-03-16', what: 'on a Tuesday' },
  { day: '2027-05-08', what: 'on a Saturday' },
  { day: '2027-07-11', what: 'on a Sunday' },
  { day: '2027-08-31', what: 'on the last day of a month' },
  { day: '2027-12-31', what: 'on the last day of a year' },
  { day: '2028-02-29', what: 'on 29 February' },
];

/**
 * The same run at other times: on each of these days, four hours apart, from an hour that the seed chooses. So code that does something else
 * for four hours of the day or more shows it in each run, and one hour shows in some run. The last begins just before midnight.
 */
export function shiftedClocks(history: RecordedHistory, random: Random): Variant[] {
  const hour = random(24);
  const minutes = random(60);
  const at = (day: string, hours: number, what: string): Variant => {
    const time = `${String(hours % 24).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
    return {
      kind: 'clock',
      place: `${day}T${time}`,
      what: `begun ${what}, ${day} at ${time} UTC`,
      make: (name) => shifted(history, Date.parse(`${day}T${time}:00Z`), name),
    };
  };
  const midnight: Variant = {
    kind: 'clock',
    place: 'midnight',
    what: 'the last midnight of a month falls into the middle of the run',
    make: (name) => {
      const times = rawEvents(history).map(({ eventTime }) => Date.parse(eventTime as string));
      return shifted(history, Date.parse('2027-10-01T00:00:00Z') - (times.at(-1)! - times[0]!) / 2, name);
    },
  };
  return [...days.map(({ day, what }, index) => at(day, hour + 4 * index, what)), midnight, ...slowRun(history)];
}

const slowDays = 60;

/** The run that waited for long: for code that asks how old an order is. */
function slowRun(history: RecordedHistory): Variant[] {
  const events = rawEvents(history);
  const second = tasksOf(events)[1];
  if (!second) return [];
  return [
    {
      kind: 'clock',
      place: 'slow',
      what: `all after the first workflow task is ${slowDays} days later`,
      make: (name) => {
        const late = (event: RawEvent, index: number): RawEvent =>
          index < second.scheduled ? event : shiftEvent(event, slowDays * 24 * 3600);
        return renumbered(history, events.map(late), name);
      },
    },
  ];
}

/** The run with its first event in this second, and all else as much earlier or later, in payloads too. */
function shifted(history: RecordedHistory, begin: number, name: string): RecordedHistory {
  const seconds = Math.round((begin - Date.parse(rawEvents(history)[0]!['eventTime'] as string)) / 1000);
  const events = rawEvents(history).map((event) => shiftEvent(event, seconds));
  return renumbered(history, events, name);
}

function shiftEvent(event: RawEvent, seconds: number): RawEvent {
  // Times of local calls stand in their marker as seconds and nanoseconds.
  return mapEvent(event, (leaf, key) => {
    if (typeof leaf === 'string') return shiftTimes(leaf, seconds);
    return key === 'seconds' && leaf > 1e9 ? leaf + seconds : leaf;
  });
}

const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(\.\d+)?Z)/g;

/** Shifts each ISO time in a text by whole seconds, so that fractions stay as they are. */
export function shiftTimes(text: string, seconds: number): string {
  return text.replace(time, (found) => new Date(Date.parse(`${found}Z`) + seconds * 1000).toISOString().slice(0, 19));
}
