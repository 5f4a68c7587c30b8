import * as vega from 'vega';
import * as vegaLite from 'vega-lite';
import type { Comparison } from '../comparison.js';
import { summarize } from '../statistics.js';

const figures = ['orders a second', 'completed p50, s', 'completed p95, s'];

/** Draws orders a second, and the p50 and p95 to completed, by orders in flight. @returns an SVG. */
export async function plotOf({ series }: Comparison): Promise<string> {
  const values = series
    // Nothing can be read off beside a line that is ten times higher.
    .filter(({ variant }) => variant !== 'empty workflow')
    .flatMap(({ variant, inFlight, rounds }) => {
      const of = (value: (round: (typeof rounds)[number]) => number) => summarize(rounds.map(value))?.median;
      const shared = { variant, inFlight };
      return [
        { ...shared, figure: figures[0], value: of((round) => round.ordersPerSecond) },
        { ...shared, figure: figures[1], value: of((round) => round.completedP50 / 1000) },
        { ...shared, figure: figures[2], value: of((round) => round.completedP95 / 1000) },
      ];
    });
  const spec: vegaLite.TopLevelSpec = {
    background: 'white',
    data: { values },
    facet: { column: { field: 'figure', type: 'nominal', title: null, sort: figures } },
    spec: {
      width: 220,
      height: 220,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'inFlight', type: 'quantitative', scale: { type: 'log' }, title: 'orders in flight' },
        y: { field: 'value', type: 'quantitative', title: null },
        color: { field: 'variant', type: 'nominal', title: null, legend: { labelLimit: 0 } },
      },
    },
    resolve: { scale: { y: 'independent' } },
  };
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
}
