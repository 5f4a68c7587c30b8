import type { AnyStep } from './definition.js';

/** A definition, or whatever else exists once for each version of a process. */
interface Versioned {
  name: string;
  version: number;
}

/** @throws Error that names the known versions, where there is none of this number */
export function versionOf<Definition extends Versioned>(versions: readonly Definition[], version: number): Definition {
  const found = versions.find((each) => each.version === version);
  if (found) return found;
  const known = versions.map((each) => each.version).join(', ');
  throw new Error(`Unknown version ${version} of the ${versions[0]?.name} process. Known versions: ${known}.`);
}

/** The version that new runs take. */
export function latestOf<Definition extends Versioned>(versions: readonly Definition[]): Definition {
  return versions.reduce((latest, each) => (each.version > latest.version ? each : latest));
}

/**
 * A definition with another value of one of its steps, for an earlier version where the step was different. It may be a step of a fan-out's
 * branch. All other steps are shared.
 *
 * @example const definition1 = replacing(definition, checkAddress1);
 */
export function replacing<Each extends AnyStep>(definition: readonly Each[], earlier: AnyStep): Each[] {
  const replaced = <S extends AnyStep>(steps: readonly S[]): S[] =>
    steps.map((step) => (step.id === earlier.id ? (earlier as S) : step));
  return replaced(definition).map((step) =>
    step.fanOut?.branch.some(({ id }) => id === earlier.id)
      ? { ...step, fanOut: { ...step.fanOut, branch: replaced(step.fanOut.branch) } }
      : step,
  );
}

/**
 * A definition without one of its steps, for an earlier version that did not have the step. It may be a step of a fan-out's branch. What
 * came after it no longer waits for it; all other steps are shared.
 *
 * @example const definition1 = without(definition, checkAddress);
 */
export function without<Each extends AnyStep>(definition: readonly Each[], { id }: AnyStep): Each[] {
  const others = <S extends AnyStep>(steps: readonly S[]): S[] =>
    steps
      .filter((step) => step.id !== id)
      .map((step) =>
        step.dependsOn.includes(id) ? { ...step, dependsOn: step.dependsOn.filter((each) => each !== id) } : step,
      );
  return others(definition).map((step) =>
    step.fanOut?.branch.some((each) => each.id === id)
      ? { ...step, fanOut: { ...step.fanOut, branch: others(step.fanOut.branch) } }
      : step,
  );
}
