import { sleep } from '@temporalio/workflow';

/** Workflow code that cannot replay any order: it starts with a timer, where the histories have a call. */
export async function processOrder(): Promise<void> {
  await sleep('1 day');
}

export { processOrder as processReturns };
