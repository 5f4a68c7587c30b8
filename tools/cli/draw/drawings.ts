import { latestOf } from '../../../workflows/engine/versions.js';
import { orderVersions, ship } from '../../../workflows/order/process.js';
import { returnVersions } from '../../../workflows/returns/process.js';
import { drawProcess } from './drawing.js';

/** The drawings of the latest version of each process, by the file that each is kept in. */
export const drawings = (): Record<string, string> => ({
  'docs/images/order-process.svg': drawProcess(latestOf(orderVersions), {
    title: 'The order process',
    description:
      'The steps of an order from top to bottom. An arrow leads from a step to each step that comes after it. The frame named ship holds the steps of one parcel.',
    branches: { [ship.id]: 'for each parcel, all at the same time' },
  }),
  'docs/images/return-process.svg': drawProcess(latestOf(returnVersions), {
    title: 'The return process',
    description:
      'The steps of a return from top to bottom. An arrow leads from a step to each step that comes after it.',
  }),
});
