import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { z } from 'zod';
import { latestOf, versionOf } from '../../../workflows/engine/versions.js';
import { Documented } from '../docs/documented.js';
import { ApiProblem } from '../problems/problem.js';
import { processList, processPage, processes, versionsOf, type ProcessPage } from './processes.js';

/** `process.version` in an order's view is the version of its process. */
export const processQuery = z.strictObject({
  version: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'must be the number of a version')
    .transform(Number)
    .exactOptional(),
});

@Controller('v1/processes')
export class ProcessesController {
  @Get()
  @Documented({ summary: 'The processes: their steps, dependencies and analysis', answer: { schema: processList } })
  list(): { items: readonly ProcessPage[] } {
    return { items: processes };
  }

  @Get(':name')
  @ApiParam({ name: 'name', example: 'order', schema: { type: 'string' } })
  @Documented({
    summary: 'One process, in its latest version or in the given one',
    answer: { schema: processPage },
    problems: ['invalid_query', 'not_found'],
  })
  get(
    @Param('name') name: string,
    @Query({ schema: processQuery }) { version }: z.output<typeof processQuery>,
  ): ProcessPage {
    const versions = versionsOf(name);
    if (versions.length === 0) {
      const names = processes.map((process) => process.name).join(', ');
      throw new ApiProblem('not_found', `There is no such process. There are: ${names}`);
    }
    if (version === undefined) return latestOf(versions);
    try {
      return versionOf(versions, version);
    } catch (error) {
      throw new ApiProblem('not_found', (error as Error).message);
    }
  }
}
