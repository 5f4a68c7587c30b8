import { execa } from 'execa';

/** A file imports another one of the checkout. */
export interface FileImport {
  from: string;
  to: string;
  /** Only types are imported: nothing is left of the import when the code runs. */
  typeOnly: boolean;
}

/** The rooms of a checkout (groups of files), and which room imports which. */
export interface Structure {
  rooms: string[];
  arrows: FileImport[];
  /** By room, the length of the longest way down: a room on floor 0 imports no other. A room in or above a circle has none. */
  floors: Map<string, number>;
}

const folders = ['contracts', 'workflows', 'activities', 'services', 'src', 'tools', 'bench', 'web'];

/** @returns the imports between the files of the checkout in this folder, as dependency-cruiser sees them. */
export async function importsBelow(checkout: string): Promise<FileImport[]> {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders];
  const { stdout } = await execa('depcruise', args, {
    preferLocal: true,
    localDir: checkout,
    cwd: checkout,
    // Broken import rules make the status 1; they are reported by `npm run imports`.
    reject: false,
  });
  const { modules } = JSON.parse(stdout) as {
    modules: { source: string; dependencies: { resolved: string; dependencyTypes: string[] }[] }[];
  };
  const isOurs = (file: string): boolean => folders.some((folder) => file.startsWith(`${folder}/`));
  return modules
    .filter(({ source }) => isOurs(source))
    .flatMap(({ source, dependencies }) => [
      // So that a file without imports counts.
      { from: source, to: source, typeOnly: true },
      ...dependencies
        .filter(({ resolved }) => isOurs(resolved))
        .map(({ resolved, dependencyTypes }) => ({
          from: source,
          to: resolved,
          typeOnly: dependencyTypes.includes('type-only'),
        })),
    ]);
}

/** @param roomOf the room of a file; undefined leaves the file out. */
export function structureOf(imports: readonly FileImport[], roomOf: (file: string) => string | undefined): Structure {
  const rooms = new Set<string>();
  const arrows = new Map<string, FileImport>();
  for (const { from: fromFile, to: toFile, typeOnly } of imports) {
    const [from, to] = [roomOf(fromFile), roomOf(toFile)];
    if (from !== undefined) rooms.add(from);
    if (from === undefined || to === undefined || from === to) continue;
    const known = arrows.get(`${from} ${to}`);
    arrows.set(`${from} ${to}`, { from, to, typeOnly: typeOnly && (known?.typeOnly ?? true) });
  }
  const structure = {
    rooms: [...rooms].sort(),
    arrows: [...arrows.values()].sort((a, b) => (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1)),
  };
  return { ...structure, floors: floorsOf(structure) };
}

/** Takes away, floor by floor, the rooms that import only what is below. What can never be taken away is in or above a circle. */
function floorsOf({ rooms, arrows }: Omit<Structure, 'floors'>): Map<string, number> {
  const floors = new Map<string, number>();
  for (let floor = 0; ; floor += 1) {
    const next = rooms.filter(
      (room) => !floors.has(room) && arrows.every(({ from, to }) => from !== room || floors.has(to)),
    );
    if (next.length === 0) return floors;
    for (const room of next) floors.set(room, floor);
  }
}

/** @returns the rooms that are in a circle, or above one. */
export function circleOf({ rooms, floors }: Structure): string[] {
  return rooms.filter((room) => !floors.has(room));
}
