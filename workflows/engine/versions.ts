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
