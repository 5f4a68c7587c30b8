import type { Branch, FileCoverage } from './code-coverage.js';
import { unreached, type Unreached } from './unreached.js';

export interface BranchCoverage {
  all: number;
  taken: number;
  /** How many branches no history can have. */
  outside: number;
  /** Branches that no life takes, each with the reason. */
  listed: { branch: Branch; reason: string }[];
  /** Branches that no life takes and no reason names. */
  missing: Branch[];
  /** Entries of the list that a life takes, or whose code is gone. */
  needless: string[];
}

/** Compares the branches that replays take with the list of those that they do not take. */
export function branchCoverageOf(
  files: readonly FileCoverage[],
  list: readonly Unreached[] = unreached,
): BranchCoverage {
  const branches = files.flatMap((file) => file.branches);
  const idle = branches.filter(({ isTaken }) => !isTaken);
  const reasonFor = (branch: Branch) => list.find((each) => each.branches.some((entry) => names(entry, branch)));
  const judged = idle.map((branch) => ({ branch, by: reasonFor(branch) }));
  return {
    all: branches.length,
    taken: branches.length - idle.length,
    outside: judged.filter(({ by }) => by?.isOutside).length,
    listed: judged.flatMap(({ branch, by }) => (by ? [{ branch, reason: by.reason }] : [])),
    missing: judged.filter(({ by }) => !by).map(({ branch }) => branch),
    needless: list
      .flatMap((each) => each.branches)
      .filter((entry) => {
        const named = branches.filter((branch) => names(entry, branch));
        // Two branches of one function can have the same text: then one of them is enough.
        return isFunction(entry) ? named.length === 0 || named.some((b) => b.isTaken) : named.every((b) => b.isTaken);
      }),
  };
}

/** An entry of the list is `FILE FUNCTION: TEXT`, or `FILE FUNCTION`. */
function isFunction(entry: string): boolean {
  return !entry.includes(': ');
}

function names(entry: string, { id }: Branch): boolean {
  return id === entry || (isFunction(entry) && (id.startsWith(`${entry}:`) || id.startsWith(`${entry}.`)));
}
