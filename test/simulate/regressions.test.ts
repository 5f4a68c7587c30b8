import { expect, it } from 'vitest';
import { Simulator } from '../../tools/simulate/simulate.js';
import type { Choice } from '../../tools/simulate/world/choices.js';
import type { Mode } from '../../tools/simulate/world/world.js';

/** A life that once failed. */
interface Case {
  name: string;
  mode: Mode;
  /** What goes otherwise than usual, by place, as `npm run simulate` prints it, and the number of the option. */
  choices: Record<string, number>;
}

function listOf(choices: Case['choices']): Choice[] {
  return Object.entries(choices).map(([place, option]) => ({ place, option, words: '', at: 0 }));
}

const mended: readonly Case[] = [
  {
    name: 'a settlement whose worker dies after the refund shows what was refunded',
    mode: 'safety',
    choices: {
      'somebody#2': 12,
      'when#1': 10,
      'inventory.reserve#1': 3,
      'the parcel#1': 1,
      'the dispatch#2': 6,
      'the worker dies#26': 1,
    },
  },
  {
    name: 'a cancel that comes while the first task is done again takes back the money of the lost task',
    mode: 'safety',
    choices: {
      'somebody#3': 1,
      'the worker dies#4': 1,
      'the worker dies#10': 1,
      'the worker dies#13': 1,
      'the worker dies#22': 1,
      'inventory.reserve#5': 3,
    },
  },
  {
    name: 'an order that is abandoned before it knows that its parcel has left goes on',
    mode: 'safety',
    choices: {
      'the worker dies#4': 1,
      'the worker dies#8': 1,
      'payment.screen#3': 6,
      'the worker dies#18': 1,
      'the worker dies#26': 1,
      'the worker dies#30': 1,
      'the worker dies#37': 1,
      'the worker dies#42': 1,
      'inventory.commit#8': 9,
      'the resolution#1': 1,
    },
  },
  {
    name: 'an order whose undo comes before its own reservation fails for the card, not for the reservation',
    mode: 'safety',
    choices: {
      'the number of orders#1': 1,
      'the payment#1': 7,
      'the latency of inventory.reserve#1': 6,
      'inventory.reserve#1': 7,
      'the latency of payment.screen#2': 6,
      'the latency of inventory.release#1': 2,
      'the worker dies#7': 1,
    },
  },
  {
    name: 'an order that is cancelled in a lost task is cancelled, although its payment is voided when it is asked for again',
    mode: 'safety',
    choices: { 'the payment#1': 6, 'somebody#2': 11, 'the worker dies#2': 1, 'the worker dies#7': 1 },
  },
  {
    name: 'the replacement of a lost parcel, of which a stopped order knows nothing, is found by the recovery of the lost one',
    mode: 'safety',
    choices: {
      'the number of orders#1': 1,
      'the lines#1': 6,
      'somebody#6': 11,
      'the worker dies#14': 1,
      'the parcel#1': 1,
      'inventory.commit#2': 9,
      'command resolve#1': 2,
      'the worker dies#20': 1,
      'the worker dies#23': 1,
      'the worker dies#33': 1,
      'the signature#2': 1,
      'the worker dies#39': 1,
      'the worker dies#43': 1,
      'the worker dies#54': 1,
      'the worker dies#56': 1,
      'the worker dies#57': 1,
      'inventory.reserve#11': 4,
    },
  },
  {
    name: 'an operator who gives up the release of the rest does not see that it came later',
    mode: 'safety',
    choices: {
      'the retry budget#1': 1,
      'payment.capture#1': 9,
      'the resolution#1': 1,
      'payment.settle#1': 11,
      'the resolution#2': 1,
    },
  },
  {
    name: 'the first view of a run that was terminated arrives after that of the run that settled its order',
    mode: 'safety',
    choices: { 'somebody#2': 12, 'orders.publish#1': 2, 'the operator abandons#1': 3 },
  },
  {
    name: 'the same, when the view arrives half a minute later',
    mode: 'liveness',
    choices: { 'somebody#1': 12, 'orders.publish#1': 2, 'the delay of orders.publish#1': 5 },
  },
  {
    name: 'nobody abandons an order that has ended for its readers, although its run was terminated before it recorded that',
    mode: 'safety',
    choices: {
      'somebody#1': 12,
      'when#1': 8,
      'somebody#2': 11,
      'shipping.book#1': 9,
      'the resolution#1': 1,
      'the worker dies#14': 1,
    },
  },
  {
    name: 'an operator retries the undo that is stuck, not the step that ended the order',
    mode: 'liveness',
    choices: { 'the payment#1': 2, 'the review#1': 1, 'inventory.release#1': 9 },
  },
  {
    name: 'an amendment that comes while a reservation is asked for again is refused: the parcel of the lost task is booked',
    mode: 'liveness',
    choices: {
      'the lines#1': 3,
      'somebody#2': 4,
      'the worker dies#7': 1,
      'the worker dies#16': 1,
      'the worker dies#19': 1,
      'the worker dies#23': 1,
      'the worker dies#34': 1,
      'the worker dies#42': 1,
      'the worker dies#47': 1,
      'the worker dies#54': 1,
      'the worker dies#55': 1,
      'the worker dies#65': 1,
      'the worker dies#68': 1,
      'the worker dies#77': 1,
      'inventory.reserve#13': 4,
    },
  },
  {
    name: 'an amendment that comes while the screening is asked for again is refused: the parcel of the lost task is booked',
    mode: 'safety',
    choices: {
      'the lines#1': 1,
      'somebody#3': 4,
      'the worker dies#2': 1,
      'the worker dies#10': 1,
      'the worker dies#17': 1,
      'the worker dies#18': 1,
      'the worker dies#24': 1,
      'the worker dies#25': 1,
      'payment.screen#7': 11,
    },
  },
  {
    name: 'a replacement that an operator gave up is given back, though its answer was lost',
    mode: 'liveness',
    choices: { 'the parcel#1': 1, 'inventory.replace#1': 8, 'inventory.replace#2': 9, 'the resolution#1': 1 },
  },
  {
    name: 'a replacement that an operator gave up is not made by a call that arrives later',
    mode: 'safety',
    choices: {
      'the number of orders#1': 1,
      'the lines#1': 7,
      'the lines#2': 10,
      'the retry budget#2': 1,
      'the parcel#2': 1,
      'inventory.replace#1': 4,
      'inventory.replace#2': 11,
      'the resolution#1': 1,
    },
  },
  {
    name: 'nobody says that a parcel was delivered before there is one',
    mode: 'liveness',
    choices: { 'somebody#2': 10, 'inventory.reserve#1': 9, 'payment.screen#1': 9, 'the resolution#2': 1 },
  },
  {
    name: 'a run of returns whose first task is lost after the return was closed answers the request, and closes',
    mode: 'liveness',
    choices: {
      'the worker dies#2': 1,
      'the journey#1': 1,
      'the signature#1': 1,
      'return 3#1': 1,
      'the worker dies#22': 1,
      'the worker dies#27': 1,
      'the worker dies#32': 1,
      'the worker dies#40': 1,
    },
  },
  {
    name: 'a report of a loss that comes again does not lose the parcel sent again',
    mode: 'safety',
    choices: { 'the parcel#1': 1, 'the carrier names the lost parcel#1': 1, 'shipment.lost comes again#1': 1 },
  },
  {
    name: 'returns of an order that is not completed again claim nothing before it is',
    mode: 'liveness',
    choices: {
      'the worker dies#11': 1,
      'the worker dies#16': 1,
      'return 2#1': 1,
      'the worker dies#19': 1,
      'the worker dies#20': 1,
      'the worker dies#22': 1,
      'payment.capture#4': 6,
      'the worker dies#25': 1,
    },
  },
  {
    name: 'the same, when the booking has to be repeated',
    mode: 'liveness',
    choices: {
      'inventory.reserve#1': 5,
      'the worker dies#7': 1,
      'the worker dies#13': 1,
      'the worker dies#19': 1,
      'inventory.commit#4': 1,
      'the delay of inventory.commit#1': 3,
      'the worker dies#30': 1,
      'return 3#1': 1,
      'the worker dies#33': 1,
      'shipping.book#5': 6,
      'the worker dies#39': 1,
      'the worker dies#42': 1,
    },
  },
  {
    name: 'a return is closed whose goods went back into stock when their order was cancelled, though they were delivered',
    mode: 'liveness',
    choices: {
      'somebody#1': 10,
      'when#1': 10,
      'somebody#3': 1,
      'when#2': 10,
      'the dispatch#1': 6,
      'the resolution#1': 1,
      'return 2#1': 1,
    },
  },
  {
    name: 'a return is closed whose goods went back into stock when their parcel came back, though it was delivered',
    mode: 'liveness',
    choices: {
      'the number of orders#1': 1,
      'the lines#1': 7,
      'the payment#2': 5,
      'somebody#5': 10,
      'when#1': 9,
      'inventory.reserve#2': 10,
      'the parcel#1': 2,
      'the worker dies#23': 1,
      'the worker dies#27': 1,
      'the worker dies#30': 1,
      'the worker dies#33': 1,
      'return 3#1': 1,
    },
  },
  {
    name: 'a return is closed of which one parcel was cancelled in a lost task, and an operator says that it arrived',
    mode: 'liveness',
    choices: {
      'the lines#1': 4,
      'the payment#1': 6,
      'somebody#1': 11,
      'the worker dies#5': 1,
      'the latency of shipping.book#2': 5,
      'the dispatch#1': 3,
      'the worker dies#21': 1,
      'return 3#1': 1,
      'the return is#1': 1,
    },
  },
  {
    name: 'a refund is repeated by the next run if the run of the returns was terminated meanwhile',
    mode: 'liveness',
    choices: {
      'somebody#1': 1,
      'somebody#2': 13,
      'when#2': 8,
      'the dispatch#1': 2,
      'return 1#1': 1,
      'the latency of notification.notify#4': 6,
    },
  },
];

const simulator = await Simulator.of();

it.for(mended)('$name', { timeout: 1_200_000 }, ({ mode, choices }) => {
  expect(simulator.run({ choices: listOf(choices) }, mode).violations).toEqual([]);
});
