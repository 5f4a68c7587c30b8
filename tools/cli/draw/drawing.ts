import type { AnyStep, Process } from '../../../workflows/engine/definition.js';
import { layOut, type Arrow, type Point, type Size } from './layout.js';

/** What a drawing says besides its steps. */
export interface Caption {
  title: string;
  /** Read out by a screen reader in place of the picture. */
  description: string;
  /** For each fan-out, what its branches are made for. */
  branches?: Record<string, string>;
}

const box = { width: 188, height: 46 };
const margin = 24;
/** Inside a fan-out's frame: room for its name above the branch, and space around it. */
const frame = { top: 46, side: 18, bottom: 18 };

/** The steps and arrows of a drawing, as SVG with its own background: it reads the same on a light and on a dark page. */
export function drawProcess<Facts>(process: Process<Facts>, { title, description, branches }: Caption): string {
  const steps = process.steps as readonly AnyStep[];
  const drawn = drawSteps(steps, branches ?? {});
  const afterEnd = process.afterEnd.map(({ id }) => id).join(', ');
  const inner = Math.max(drawn.width, 400);
  const legend = drawLegend([...steps, ...steps.flatMap(({ fanOut }) => fanOut?.branch ?? [])], inner);
  const legendTop = margin + drawn.height + margin;
  const width = inner + 2 * margin;
  const height = legendTop + legend.height + (afterEnd ? 22 : 0) + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    `<!-- Made by \`npm run draw\` from the definition of the process. Do not edit. -->`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    style,
    `<rect class="paper" x="1" y="1" width="${width - 2}" height="${height - 2}" rx="12"/>`,
    `<g transform="translate(${margin + Math.floor((inner - drawn.width) / 2)} ${margin})">`,
    ...drawn.svg,
    '</g>',
    `<g transform="translate(${margin} ${legendTop})">`,
    ...legend.svg,
    ...(afterEnd ? [drawNote(`After an early end, once the undo is complete: ${afterEnd}`, legend.height + 16)] : []),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Drawn extends Size {
  svg: string[];
}

/** A fan-out's branch is laid out first, and then takes its place among the other steps as one large node. */
function drawSteps(steps: readonly AnyStep[], branches: Record<string, string>): Drawn {
  const frames = new Map(
    steps.flatMap((step) => (step.fanOut ? [[step.id, drawFrame(step, step.fanOut.branch, branches)] as const] : [])),
  );
  const sizes = new Map(steps.map((step) => [step.id, frames.get(step.id) ?? box]));
  const arrows = steps.flatMap(({ id, dependsOn, optional }) =>
    dependsOn.map((from) => ({ from, to: id, weight: optional ? 1 : 8 })),
  );
  const { width, height, centres, routes } = layOut(sizes, arrows);
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    svg: [
      ...arrows.map((arrow, index) => drawArrow(arrow, routes[index]!)),
      ...steps.map((step) => {
        const { x, y } = topLeft(centres.get(step.id)!, sizes.get(step.id)!);
        const inner = frames.get(step.id)?.svg ?? drawBox(step);
        return `<g data-step="${step.id}" class="${classesOf(step).join(' ')}" transform="translate(${x} ${y})">${inner.join('\n')}</g>`;
      }),
    ],
  };
}

function drawFrame(step: AnyStep, branch: readonly AnyStep[], branches: Record<string, string>): Drawn {
  const drawn = drawSteps(branch, {});
  const width = drawn.width + 2 * frame.side;
  const height = drawn.height + frame.top + frame.bottom;
  return {
    width,
    height,
    svg: [
      `<rect class="frame" width="${width}" height="${height}" rx="10"/>`,
      `<text class="left" x="${frame.side}" y="27"><tspan class="name">${step.id}</tspan><tspan class="marks" dx="10">${escape(branches[step.id] ?? 'for each item, all at the same time')}</tspan></text>`,
      `<g transform="translate(${frame.side} ${frame.top})">`,
      ...drawn.svg,
      '</g>',
    ],
  };
}

function drawBox(step: AnyStep): string[] {
  const marks = marksOf(step);
  const middle = box.width / 2;
  return [
    shapeOf(step, box),
    `<text class="name" x="${middle}" y="${marks.length > 0 ? 20 : 28}">${step.id}</text>`,
    ...(marks.length > 0 ? [`<text class="marks" x="${middle}" y="36">${marks.join(' · ')}</text>`] : []),
  ];
}

/** A step that waits has round ends, a pivot has a second line around it; `optional` is a dashed line, by its class. */
function shapeOf({ waits, pivot }: Pick<AnyStep, 'waits' | 'pivot'>, { width, height }: Size): string {
  const radius = waits ? height / 2 : 6;
  const outline = `<rect class="box" width="${width}" height="${height}" rx="${radius}"/>`;
  return pivot
    ? `${outline}<rect class="box inner" x="4" y="4" width="${width - 8}" height="${height - 8}" rx="${radius - 4}"/>`
    : outline;
}

function classesOf({ waits, optional, pivot }: Pick<AnyStep, 'waits' | 'optional' | 'pivot'>): string[] {
  return ['step', ...(waits ? ['waits'] : []), ...(optional ? ['optional'] : []), ...(pivot ? ['pivot'] : [])];
}

const marks = {
  waits: 'waits',
  when: 'if needed',
  optional: 'optional',
  undo: '↩ undo',
  pivot: 'pivot',
} as const;

function marksOf(step: AnyStep): string[] {
  return (Object.keys(marks) as (keyof typeof marks)[]).filter((key) => step[key]).map((key) => marks[key]);
}

function drawArrow({ from, to }: Arrow, points: Point[]): string {
  return `<path class="arrow" data-from="${from}" data-to="${to}" d="${curve(points)}" marker-end="url(#head)"/>`;
}

/** A curve that leaves each point downwards, so that an arrow head points down too. */
function curve([first, ...others]: Point[]): string {
  let path = `M${Math.round(first!.x)} ${Math.round(first!.y)}`;
  let from = first!;
  for (const to of others) {
    const halfway = (from.y + to.y) / 2;
    path += ` C${[from.x, halfway, to.x, halfway, to.x, to.y].map(Math.round).join(' ')}`;
    from = to;
  }
  return path;
}

/** Explains the kinds of steps and the marks that the drawing has, and no others. */
function drawLegend(steps: readonly AnyStep[], width: number): Drawn {
  const kinds: [Parameters<typeof classesOf>[0], label: string][] = [
    [{}, 'calls a service'],
    [{ waits: true }, 'waits for a person or for news'],
    [{ optional: true }, 'optional: the process does not need it to succeed'],
    [{ pivot: true, waits: true }, 'pivot: after it, nothing is undone automatically'],
  ];
  const sample = { width: 40, height: 20 };
  const shown = kinds.filter(([kind]) => steps.some((step) => classesOf(step).join() === classesOf(kind).join()));
  const columns = width < 720 ? 1 : 2;
  const entries = shown.map(([kind, label], index) => {
    const x = (index % columns) * Math.floor(width / columns);
    const y = Math.floor(index / columns) * 30;
    return `<g class="${classesOf(kind).join(' ')}" transform="translate(${x} ${y})">${shapeOf(kind, sample)}<text class="note" x="50" y="15">${label}</text></g>`;
  });
  const notes = [
    ...(steps.some(({ undo }) => undo) ? ['↩ undo: taken back if the process ends early'] : []),
    ...(steps.some(({ when }) => when) ? ['if needed: skipped when there is nothing to do'] : []),
  ];
  const top = Math.ceil(shown.length / columns) * 30;
  return {
    width,
    height: top + notes.length * 22,
    svg: [...entries, ...notes.map((note, index) => drawNote(note, top + 16 + index * 22))],
  };
}

const drawNote = (text: string, y: number) => `<text class="note" x="0" y="${y}">${escape(text)}</text>`;

function topLeft({ x, y }: Point, { width, height }: Size): Point {
  return { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const style = `<style>
  .paper { fill: #ffffff; stroke: #d0d7de; }
  .frame { fill: #f3f6fa; stroke: #8c959f; }
  .box { fill: #ffffff; stroke: #0969da; stroke-width: 1.6; }
  .waits .box { fill: #fff8e6; stroke: #9a6700; }
  .optional .box { fill: #ffffff; stroke: #6e7781; stroke-dasharray: 5 4; }
  .pivot .box { fill: #fff1f1; stroke: #cf222e; }
  .box.inner { fill: none; stroke-width: 1; }
  text { fill: #1f2328; font-size: 14px; text-anchor: middle; }
  .name { font-weight: 600; }
  .marks { fill: #59636e; font-size: 12px; font-weight: 400; }
  .note { fill: #3d444d; font-size: 13px; text-anchor: start; }
  .left { text-anchor: start; }
  .arrow { fill: none; stroke: #59636e; stroke-width: 1.5; }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#59636e"/></marker></defs>`;
