import { z } from 'zod';
import { type Process } from '../../../workflows/engine/definition.js';
import { analysedGraph, describeProcess } from '../../../workflows/engine/describe.js';
import { analyse } from '../../../workflows/engine/graph.js';
import { orderProcess } from '../../../workflows/order/process.js';
import { returnProcess } from '../../../workflows/returns/process.js';

/** A process definition, as the API shows it. */
export const processPage = z
  .strictObject({
    name: z.string(),
    version: z.int(),
    steps: z.array(
      z.strictObject({
        id: z.string(),
        dependsOn: z.array(z.string()),
        group: z.string().exactOptional(),
        waits: z.boolean().exactOptional(),
        optional: z.boolean().exactOptional(),
        expectedMs: z.number(),
      }),
    ),
    /** Calculated from the expected durations. */
    analysis: z.strictObject({
      order: z.array(z.string()),
      width: z.int(),
      criticalPath: z.array(z.string()),
      totalWorkMs: z.number(),
      makespanMs: z.number(),
      speedUp: z.number(),
    }),
  })
  .meta({ id: 'Process' });
export const processList = z.strictObject({ items: z.array(processPage) }).meta({ id: 'ProcessList' });

export type ProcessPage = z.infer<typeof processPage>;

export const processes: readonly ProcessPage[] = [pageOf(orderProcess), pageOf(returnProcess)];

function pageOf<Facts>(process: Process<Facts>): ProcessPage {
  const steps = describeProcess(process);
  const expected = new Map(steps.map(({ id, expectedMs }) => [id, expectedMs]));
  return {
    name: process.name,
    version: process.version,
    steps,
    analysis: analyse(analysedGraph(steps), (id) => expected.get(id) ?? 0),
  };
}
