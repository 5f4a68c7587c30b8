import { z } from 'zod';
import { type Process } from '../../../workflows/engine/definition.js';
import { analysedGraph, describeProcess } from '../../../workflows/engine/describe.js';
import { analyse } from '../../../workflows/engine/analysis.js';
import { latestOf } from '../../../workflows/engine/versions.js';
import { orderVersions } from '../../../workflows/order/process.js';
import { returnVersions } from '../../../workflows/returns/process.js';

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

const pages: readonly ProcessPage[][] = [orderVersions.map(pageOf), returnVersions.map(pageOf)];

/** The versions that new orders and returns take. */
export const processes: readonly ProcessPage[] = pages.map(latestOf);

/** All versions of one process; none where there is no process of this name. */
export function versionsOf(name: string): readonly ProcessPage[] {
  return pages.flat().filter((page) => page.name === name);
}

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
