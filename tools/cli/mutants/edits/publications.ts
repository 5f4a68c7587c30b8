import { change, type Edit } from '../edit.js';

const publisher = 'workflows/temporal/publisher.ts';

/** When a run publishes what it shows, and its search attributes. */
export const publicationEdits: Edit[] = [
  {
    name: 'publications-between-the-calls-of-a-chain',
    truth: 'unsafe',
    why: 'A chain of short calls is published once, at its end.',
    names: ['publish'],
    changes: [
      change(
        publisher,
        '(this.hasChanged && !this.hasJustChanged && !this.options.ports.isBusy)',
        '(this.hasChanged && !this.hasJustChanged)',
      ),
    ],
  },
  {
    name: 'publications-one-more-at-the-end',
    truth: 'unsafe',
    why: 'Each run publishes once more before it closes.',
    names: ['publish'],
    changes: [change(publisher, '  close(): void {\n', '  close(): void {\n    this.hasChanged = true;\n')],
  },
  {
    name: 'publications-pause-before-the-book-is-asked',
    truth: 'unsafe',
    why: 'An order whose book was away asked for it without a pause.',
    names: ['publish'],
    changes: [
      change(
        publisher,
        '    if (this.failedRetries > 0) {\n      const pauseMs = Math.min(firstPauseMs * 2 ** (this.failedRetries - 1), longestPauseMs);',
        '    if (this.failedRetries >= 0) {\n      const pauseMs = Math.min(firstPauseMs * 2 ** this.failedRetries, longestPauseMs);',
      ),
    ],
  },
  {
    name: 'publications-another-id-of-the-wait',
    truth: 'unsafe',
    why: 'The activity that waits for the book has another id.',
    names: ['publish'],
    changes: [
      change(publisher, 'activityId: `publish:${this.published}`,', 'activityId: `awaitBook:${this.published}`,'),
    ],
  },
  {
    name: 'publications-total-no-search-attribute',
    truth: 'unsafe',
    why: 'An order that is amended while it waits writes its total alone.',
    names: ['amend', 'search attributes', 'publish'],
    changes: [change('workflows/order/search-attributes.ts', '    { key: total, value: view.total },\n', '')],
  },
  {
    name: 'publications-failure-no-search-attribute',
    truth: 'unsafe',
    why: 'An order that is being undone keeps its status, and writes its failure alone.',
    names: ['search attributes', 'publish', 'cancel'],
    changes: [
      change('workflows/order/search-attributes.ts', '    { key: failure, value: view.failure?.code ?? null },\n', ''),
    ],
  },
  {
    name: 'publications-search-attributes-each-time',
    truth: 'unsafe',
    why: 'Search attributes that did not change are written, too.',
    names: ['search attributes', 'publish'],
    changes: [
      change(
        'workflows/temporal/host.ts',
        'process.searchAttributes?.(view).filter(({ key, value }) => (has.get(key) ?? null) !== value) ?? [];',
        'process.searchAttributes?.(view).filter(({ key }) => has !== undefined && key !== undefined) ?? [];',
      ),
    ],
  },
  {
    name: 'publications-search-attributes-in-another-order',
    truth: 'safe',
    why: 'Search attributes are written together, by name.',
    names: [],
    changes: [
      change(
        'workflows/order/search-attributes.ts',
        '    { key: status, value: view.status },\n    { key: failure, value: view.failure?.code ?? null },\n',
        '    { key: failure, value: view.failure?.code ?? null },\n    { key: status, value: view.status },\n',
      ),
    ],
  },
  {
    name: 'publications-fields-in-another-order',
    truth: 'safe',
    why: 'The fields of an input are read by name.',
    names: [],
    changes: [
      change(
        'workflows/order/workflow.ts',
        'publication: (position, view) => ({ position, fingerprint, view }),',
        'publication: (position, view) => ({ view, fingerprint, position }),',
      ),
    ],
  },
  {
    name: 'publications-another-table-in-the-web-ui',
    truth: 'view only',
    why: "The current details of a run are only shown, in Temporal's Web UI.",
    names: [],
    changes: [
      change(
        'workflows/order/steps-table.ts',
        "'| step | state | attempts | failure |', '|---|---|---|---|'",
        "'| Step | State | Attempts | Failure |', '|:---|:---|---:|:---|'",
      ),
    ],
  },
  {
    name: 'publications-all-returns-of-the-order',
    truth: 'view only',
    why: 'The book gets the returns of earlier runs, too, which it has.',
    names: ['publish'],
    changes: [
      change(
        'workflows/returns/workflow.ts',
        'publication: (position) => ({ orderId, position, returns: returns.own.map((each) => each.view()) }),',
        'publication: (position) => ({ orderId, position, returns: returns.views }),',
      ),
    ],
  },
];
