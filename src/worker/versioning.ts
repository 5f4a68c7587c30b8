import type { NativeConnection } from '@temporalio/worker';
import { defined } from '../../contracts/defined.js';

/** Which worker runs an order: see docs/operations.md. */
export interface Deployment {
  /** All workers of a system belong to one deployment. */
  name: string;
  /** Identifies the code of a worker. With the name, Temporal calls it a version. */
  buildId: string;
  /** Whether Temporal sends an order only to workers of the version that is current or ramping. */
  isVersioned: boolean;
}

/** Which part of the orders goes to this version. */
export interface Routing {
  /** `current`: all that do not go to the ramping version. `inactive`: none. */
  role: 'current' | 'ramping' | 'inactive';
  /** The build of the current version. Without one, orders go to workers without versioning, and wait if there are none. */
  current?: string;
  ramping?: { build: string; percentage: number };
}

/** temporal.api.workflowservice: the deployment is created when its first worker polls. */
const notFound = 5;
const withinMs = 2_000;

/** Asks Temporal which part of the orders goes to this version, and says what to do if none does. Undefined without versioning. */
export async function routingOf(
  connection: Pick<NativeConnection, 'workflowService' | 'withDeadline'>,
  namespace: string,
  deployment: Deployment,
): Promise<{ routing: Routing; advice?: string } | undefined> {
  const { name, buildId, isVersioned } = deployment;
  if (!isVersioned) return undefined;
  const { current, ramping, percentage } = await connection.withDeadline(Date.now() + withinMs, () =>
    readRouting(connection, namespace, name),
  );
  const role = current === buildId ? 'current' : ramping === buildId ? 'ramping' : 'inactive';
  const routing: Routing = {
    role,
    ...defined({ current, ramping: ramping === undefined ? undefined : { build: ramping, percentage } }),
  };
  return { routing, ...defined({ advice: adviceOf(routing, deployment) }) };
}

async function readRouting(
  { workflowService }: Pick<NativeConnection, 'workflowService'>,
  namespace: string,
  deploymentName: string,
) {
  try {
    const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({ namespace, deploymentName });
    const { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage } =
      workerDeploymentInfo?.routingConfig ?? {};
    return {
      current: currentDeploymentVersion?.buildId || undefined,
      ramping: rampingDeploymentVersion?.buildId || undefined,
      percentage: rampingVersionPercentage ?? 0,
    };
  } catch (error) {
    if ((error as { code?: number }).code !== notFound) throw error;
    return { current: undefined, ramping: undefined, percentage: 0 };
  }
}

/** What to do when no order goes to this version; undefined if some do. */
function adviceOf({ role, current }: Routing, { name, buildId }: Deployment): string | undefined {
  if (role !== 'inactive') return undefined;
  const version = `--deployment-name ${name} --build-id ${buildId}`;
  return current === undefined
    ? `No version of the deployment ${name} is current: orders wait until one is, unless workers without versioning take them. ` +
        `Make this one current: temporal worker deployment set-current-version ${version}`
    : `Build ${current} is current, so no orders come to this one. ` +
        `Send it a part of them: temporal worker deployment set-ramping-version ${version} --percentage 10`;
}
