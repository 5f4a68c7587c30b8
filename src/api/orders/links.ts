import { Inject, Injectable } from '@nestjs/common';
import type { OrderView } from '../../../contracts/order.js';
import type { Config } from '../../config/index.js';
import { orderWorkflowId } from '../../../workflows/order/messages.js';
import { CONFIG } from '../dependencies.js';
import { withOverdue } from './overdue.js';

export type LinkedView = OrderView & { links: NonNullable<OrderView['links']> };

/** Adds to a view what only the API knows: the links, and which steps are overdue now. */
@Injectable()
export class Links {
  private readonly runs: string;

  constructor(@Inject(CONFIG) config: Config) {
    this.runs = `${uiUrl(config)}/namespaces/${encodeURIComponent(config.temporal.namespace)}/workflows`;
  }

  /** @param base see BaseUrl. @param runId if known; without it, the Web UI shows the newest run. */
  add(view: OrderView, base: string, runId?: string): LinkedView {
    const self = `${base}/v1/orders/${view.id}`;
    return {
      ...withOverdue(view),
      links: {
        self,
        events: `${self}/events`,
        history: `${self}/history`,
        temporalUi: this.temporalUi(orderWorkflowId(view.id), runId),
      },
    };
  }

  temporalUi(workflowId: string, runId?: string): string {
    const run = `${this.runs}/${encodeURIComponent(workflowId)}`;
    return runId === undefined ? run : `${run}/${runId}/history`;
  }
}

/** Without TEMPORAL_UI_URL: Temporal Cloud, or the default port of the Web UI's image on the same host. */
function uiUrl({ temporalUiUrl, temporal }: Config): string {
  if (temporalUiUrl !== undefined) return temporalUiUrl;
  const host = temporal.address.replace(/:\d+$/, '');
  return host.endsWith('.tmprl.cloud') || host.endsWith('.temporal.io')
    ? 'https://cloud.temporal.io'
    : `http://${host}:8080`;
}
