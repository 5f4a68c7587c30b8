import { circleOf, importsBelow, structureOf, type Structure } from './rooms.js';

export interface Plan extends Structure {
  title: string;
  text: string;
}

/** The plans of a checkout: the whole product, and the rooms of workflows/. */
export async function plansOf(checkout: string): Promise<Plan[]> {
  const imports = await importsBelow(checkout);
  return [
    {
      title: 'The product',
      text: 'A room is a top-level folder, or a folder of `services/`, `src/` or `tools/`.',
      ...structureOf(imports, (file) => /^(?:(?:services|src|tools)\/[^/.]+|[^/]+)/.exec(file)?.[0]),
    },
    {
      title: 'Workflow code',
      text: 'A room is a folder of `workflows/`, or a file beside these folders.',
      ...structureOf(imports, (file) => /^workflows\/[^/]+/.exec(file)?.[0]),
    },
  ];
}

/** @returns for example `6 rooms, 9 arrows (2 of them types only), 4 floors, no circle`. */
export function numbersOf(plan: Structure): string {
  const types = plan.arrows.filter(({ typeOnly }) => typeOnly).length;
  const circle = circleOf(plan);
  return [
    `${plan.rooms.length} rooms`,
    `${plan.arrows.length} arrows (${types} of them for types only)`,
    `${new Set(plan.floors.values()).size} floors`,
    circle.length === 0 ? 'no circle' : `a circle in ${circle.join(', ')}`,
  ].join(', ');
}

/** docs/structure.md */
export function pageOf(plans: readonly Plan[]): string {
  const sections = plans.map((plan) => `## ${plan.title}\n\n${plan.text}\n\n${numbersOf(plan)}\n\n${floorTable(plan)}`);
  return `# Which part imports which

\`npm run structure\` makes this page from the imports, and a test checks that it is up to date. A room on floor 0
imports no other room. All other rooms import only rooms on floors below their own. *Slanted*: only types are imported,
so nothing is left of the import when the code runs.

${sections.join('\n')}`;
}

function floorTable({ rooms, arrows, floors }: Structure): string {
  const top = Math.max(...floors.values());
  const rows = Array.from({ length: top + 1 }, (_, index) => top - index).flatMap((floor) =>
    [...rooms]
      .filter((room) => floors.get(room) === floor)
      .map((room) => {
        const below = arrows
          .filter(({ from }) => from === room)
          .map(({ to, typeOnly }) => (typeOnly ? `*${to}*` : to))
          .join(', ');
        return `| ${floor} | ${room} | ${below} |\n`;
      }),
  );
  return `| floor | room | imports |\n|---|---|---|\n${rows.join('')}`;
}
