import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiProblem } from '../problems/problem.js';
import { Processes, type ProcessPage } from './processes.js';

@Controller('v1/processes')
export class ProcessesController {
  constructor(@Inject(Processes) private readonly processes: Processes) {}

  @Get()
  list(): { items: ProcessPage[] } {
    return { items: this.processes.all };
  }

  @Get(':name')
  get(@Param('name') name: string): ProcessPage {
    const found = this.processes.all.find((process) => process.name === name);
    if (found) return found;
    const names = this.processes.all.map((process) => process.name).join(', ');
    throw new ApiProblem('not_found', `There is no such process; there are: ${names}`);
  }
}
