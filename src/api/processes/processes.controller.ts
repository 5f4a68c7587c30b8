import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { Documented } from '../docs/documented.js';
import { ApiProblem } from '../problems/problem.js';
import { Processes, type ProcessPage } from './processes.js';

@Controller('v1/processes')
export class ProcessesController {
  constructor(@Inject(Processes) private readonly processes: Processes) {}

  @Get()
  @Documented({ summary: 'The processes: their steps, dependencies and analysis', answer: { schema: 'ProcessList' } })
  list(): { items: ProcessPage[] } {
    return { items: this.processes.all };
  }

  @Get(':name')
  @ApiParam({ name: 'name', example: 'order', schema: { type: 'string' } })
  @Documented({ summary: 'One process', answer: { schema: 'Process' }, problems: ['not_found'] })
  get(@Param('name') name: string): ProcessPage {
    const found = this.processes.all.find((process) => process.name === name);
    if (found) return found;
    const names = this.processes.all.map((process) => process.name).join(', ');
    throw new ApiProblem('not_found', `There is no such process; there are: ${names}`);
  }
}
