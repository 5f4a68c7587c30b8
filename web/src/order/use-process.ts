import { useMemo } from 'react';
import type { OrderView } from '../../../contracts/order.js';
import { useResource } from '../api/use-resource.js';
import { baseOf } from './graph-model.js';

interface DefinedStep {
  id: string;
  waits?: boolean;
  optional?: boolean;
  expectedMs: number;
}

/** What the definition of the order's process says of its steps. */
export interface ProcessSteps {
  /** @param stepId with or without its parcel. Nothing is known of a step until the definition has come. */
  of: (stepId: string) => Partial<DefinedStep>;
}

export function useProcess(process: OrderView['process'] | undefined): ProcessSteps {
  const path = process && `/v1/processes/${encodeURIComponent(process.name)}?version=${process.version}`;
  const { data } = useResource<{ steps: DefinedStep[] }>(path);
  return useMemo(() => {
    const steps = new Map(data?.steps.map((step) => [step.id, step]));
    return { of: (stepId) => steps.get(baseOf(stepId)) ?? {} };
  }, [data]);
}
