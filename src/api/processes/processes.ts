import { Injectable } from '@nestjs/common';
import { orderProcess } from '../../../workflows/order/process.js';
import { returnProcess } from '../../../workflows/returns/process.js';
import { analysedGraph, describeProcess } from '../../../workflows/engine/describe.js';
import { type Process } from '../../../workflows/engine/definition.js';
import { analyse, type Analysis } from '../../../workflows/engine/graph.js';

/** A definition as people and programs see it. */
export interface ProcessPage {
  name: string;
  version: number;
  steps: { id: string; dependsOn: string[]; group?: string; waits?: boolean; optional?: boolean; expectedMs: number }[];
  /** By the expected durations. */
  analysis: Analysis;
}

@Injectable()
export class Processes {
  readonly all: ProcessPage[] = [pageOf(orderProcess), pageOf(returnProcess)];
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
