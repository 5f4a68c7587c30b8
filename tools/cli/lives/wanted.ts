import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventTypes } from '../../../contracts/event-types.js';
import { orderFailures } from '../../../contracts/failures.js';
import { orderStatuses } from '../../../contracts/statuses.js';
import { inventoryContract } from '../../../services/inventory/contract.js';
import { notificationContract } from '../../../services/notification/contract.js';
import { paymentContract } from '../../../services/payment/contract.js';
import { shippingContract } from '../../../services/shipping/contract.js';
import type { Contract } from '../../../services/support/operation.js';
import { stepsOf, type AnyStep } from '../../../workflows/engine/definition.js';
import { latestOf } from '../../../workflows/engine/versions.js';
import { orderCommands } from '../../../workflows/order/messages.js';
import { orderVersions } from '../../../workflows/order/process.js';
import { returnCommands } from '../../../workflows/returns/messages.js';
import { purposeOf } from './kinds.js';

/**
 * Every kind that some life has to cover. They are read from the declarations: the steps of the newest definition, the commands, the events,
 * the failure codes, the contracts of the services, and the summaries of the timers in the source.
 */
export function wantedKinds(): string[] {
  return [
    ...['processOrder', 'processReturns', 'processLatePayment', 'settleOrder'].map((type) => `workflow ${type}`),
    ...[...Object.keys(orderCommands), ...Object.keys(returnCommands)].flatMap((name) => [
      `command ${name} taken`,
      `command ${name} refused`,
    ]),
    ...['retry', 'skip', 'abandon'].map((action) => `repair ${action}`),
    'cancel from the Web UI',
    ...eventTypes.map((type) => `event ${type}`),
    ...[latestOf(orderVersions), { steps: latestOf(orderVersions).afterEnd }]
      .flatMap((each) => stepsOf([each]))
      .flatMap(kindsOfStep),
    ...[...Object.keys(orderFailures), 'return_rejected'].map((code) => `failure ${code}`),
    ...orderStatuses.map((status) => `status ${status}`),
    ...timerKinds(),
    ...callKinds(),
    'branches more than one',
    'child workflow started',
    'child workflow there already',
    'other run signalled',
    'continued as new',
    ...['closed', 'rejected'].map((status) => `return ${status}`),
  ];
}

/** A step is done; it is skipped where it may be; it is undone where it has an undo; it fails where it calls or waits for something. */
function kindsOfStep({ id, when, undo, fanOut, dependsOn }: AnyStep): string[] {
  const states = ['done'];
  if (when || dependsOn.length > 0) states.push('skipped');
  if (undo) states.push('undone');
  if (!fanOut) states.push('failed');
  return states.map((state) => `step ${id} ${state}`);
}

const contracts: Record<string, Contract> = {
  inventory: inventoryContract,
  payment: paymentContract,
  shipping: shippingContract,
  notification: notificationContract,
};

/** Each operation of a service that changes something, as a local and as an ordinary activity, and each of its rejections. */
function callKinds(): string[] {
  return Object.entries(contracts).flatMap(([service, contract]) =>
    Object.entries(contract)
      .filter(([, { idempotent }]) => idempotent)
      .flatMap(([name, { rejections = [] }]) => [
        `call ${service}.${name}`,
        `ordinary call ${service}.${name}`,
        ...rejections.map((code) => `rejection ${service}.${name} ${code}`),
      ]),
  );
}

/** What the timers of the workflow code are for, by the literals in its source. A sleep is never cancelled: it runs in a shielded scope. */
function timerKinds(): string[] {
  const kinds = new Set<string>();
  for (const file of readdirSync('workflows', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const source = readFileSync(join('workflows', file), 'utf8');
    const timer = /\b(?:deadline|timer|pause)\((?:[^'"`()]|\([^()]*\))*,\s*(['"`])((?:(?!\1).)+)\1/g;
    for (const [, , summary] of source.matchAll(timer)) {
      kinds.add(`timer ${purposeOf(summary!)} fired`).add(`timer ${purposeOf(summary!)} cancelled`);
    }
    for (const [, summary] of source.matchAll(/\bsleep\([^{}]*\{ summary: '([^']+)'/g)) {
      kinds.add(`timer ${purposeOf(summary!)} fired`);
    }
  }
  return [...kinds].sort();
}
