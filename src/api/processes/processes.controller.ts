import { Controller, Get, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { Documented } from '../docs/documented.js';
import { ApiProblem } from '../problems/problem.js';
import { processList, processPage, processes, type ProcessPage } from './processes.js';

@Controller('v1/processes')
export class ProcessesController {
  @Get()
  @Documented({ summary: 'The processes: their steps, dependencies and analysis', answer: { schema: processList } })
  list(): { items: readonly ProcessPage[] } {
    return { items: processes };
  }

  @Get(':name')
  @ApiParam({ name: 'name', example: 'order', schema: { type: 'string' } })
  @Documented({ summary: 'One process', answer: { schema: processPage }, problems: ['not_found'] })
  get(@Param('name') name: string): ProcessPage {
    const found = processes.find((process) => process.name === name);
    if (found) return found;
    const names = processes.map((process) => process.name).join(', ');
    throw new ApiProblem('not_found', `There is no such process. There are: ${names}`);
  }
}
