import { z } from 'zod';
import { currency, id, sum, time } from '../../contracts/values.schema.js';
import { operations } from '../support/operation.js';
import { filter, troubleGroup } from './filter.schema.js';

/** What the book does for the people who watch and repair orders. No run of an order calls it. */
export const deskContract = operations({
  countOrders: {
    method: 'GET',
    path: '/v1/counts',
    summary:
      'How many orders match by status, and how many of them are stuck or overdue. `exact` is false when it stopped counting',
    query: z.strictObject(filter),
    answer: z.strictObject({
      byStatus: z.record(z.string(), z.int()),
      stuck: z.int(),
      overdue: z.int(),
      exact: z.boolean(),
    }),
  },
  listTrouble: {
    method: 'GET',
    path: '/v1/trouble',
    summary: 'Stuck and overdue orders, grouped by their cause, the largest group first',
    query: z.strictObject({ shopId: id.optional() }),
    answer: z.strictObject({
      items: z.array(
        z.strictObject({
          ...troubleGroup,
          orders: z.int(),
          since: time,
          newest: time,
          atStake: z.array(z.strictObject({ currency, total: sum })),
          /** Ids of those that have waited longest. */
          examples: z.array(id),
        }),
      ),
    }),
  },
});
