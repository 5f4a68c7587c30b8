/** Branches of `workflows/` that no replay of a life takes. */
export interface Unreached {
  reason: string;
  /** No history can have them: they run where nothing is recorded, or not in a run at all. So they do not count. */
  isOutside?: true;
  /** `FILE FUNCTION: TEXT` as the command prints it, or `FILE FUNCTION` for a function of which nothing runs. */
  branches: readonly string[];
}

/** Every branch that no life takes, with the reason. `npm test` fails for one that is missing here, and for one that a life takes. */
export const unreached: readonly Unreached[] = [
  {
    reason: 'a query, which leaves nothing in a history',
    isOutside: true,
    branches: [
      'workflows/late-payment/workflow.ts processLatePayment: ({ orderId, payments: returned })',
      'workflows/temporal/host.ts host: process.view()',
      'workflows/temporal/host.ts host: process.publication(publisher.position(), process.view())',
    ],
  },
  {
    reason: 'the validator of an Update, which Temporal does not call again in a replay',
    isOutside: true,
    branches: [
      'workflows/engine/shape.ts oneOf: values.includes(value as Value)',
      "workflows/returns/commands.ts returnCommandHandlers.refusal: 'completed'",
      'workflows/temporal/command-turns.ts CommandTurns.areAhead: this.ports.barrier.isAwaited',
      'workflows/temporal/handlers.ts onUpdate.validator',
      'workflows/temporal/host.ts host.check: if (command.mustLoad?.() || turns.areAhead) return;',
      'workflows/temporal/host.ts host.check: return;',
      'workflows/temporal/host.ts host.check: turns.areAhead',
      'workflows/temporal/host.ts host.check: refuseTooEarly();',
    ],
  },
  {
    reason: 'only the API and tools call it',
    isOutside: true,
    branches: [
      'workflows/bulk/messages.ts bulkWorkflowId',
      'workflows/engine/run-process.ts notBegun',
      'workflows/engine/versions.ts latestOf',
      'workflows/order/messages.ts orderWorkflowId',
      'workflows/order/messages.ts settleWorkflowId',
      'workflows/order/process.ts initialView',
      'workflows/returns/messages.ts returnsWorkflowId',
    ],
  },
  {
    reason: "runs when a definition is made, and today's definitions have no such step or error",
    isOutside: true,
    branches: [
      'workflows/engine/definition.ts defineProcess: throw new GraphError(`Step "${needed.id}" runs after the end',
      'workflows/engine/definition.ts defineProcess: throw new GraphError(',
      'workflows/engine/definition.ts steps.fanOut: throw new GraphError(`Fan-out "${id}" has the fan-out "${inn',
      'workflows/engine/definition.ts steps.fanOut: []',
      'workflows/engine/definition.ts steps.fanOut: Promise.resolve()',
      'workflows/engine/graph.ts topologicalOrder: throw new GraphError(`Step "${node.id}" is defined twice: st',
      'workflows/engine/graph.ts topologicalOrder: throw new GraphError(',
      'workflows/engine/graph.ts topologicalOrder: const path = cyclePath(nodes.filter((n) => !placed.has(n.id)',
      'workflows/engine/graph.ts topologicalOrder.path',
      'workflows/engine/graph.ts cyclePath',
      'workflows/engine/versions.ts replacing',
      'workflows/engine/versions.ts without: { ...step, fanOut: { ...step.fanOut, branch: others(step.fan',
      'workflows/engine/versions.ts without.others: { ...step, dependsOn: step.dependsOn.filter((each) => each !',
      'workflows/engine/versions.ts without.others: each !== id',
    ],
  },
  {
    reason: 'a bug in the code: the workflow task fails, and Temporal records nothing of it',
    isOutside: true,
    branches: [
      'workflows/engine/changes.ts Changes.notify: waiter.reject(error);',
      'workflows/engine/changes.ts Changes.reportBug',
      'workflows/engine/changes.ts Changes.until: throw this.bug.error;',
      'workflows/engine/step-calls.ts StepCalls.make: {}',
      'workflows/engine/step-end.ts endStep: walk.changes.reportBug(error);',
      'workflows/engine/step-runs.ts StepRuns.add: throw new GraphError(`Step "${step.id}" is there twice: each',
      'workflows/engine/undo-walk.ts UndoWalk.passPivot: throw new Error(`The undo of "${step.id}" answered "gone", b',
      'workflows/engine/undo-walk.ts UndoWalk.startReady: changes.reportBug(error)',
      'workflows/engine/versions.ts versionOf.known: each.version',
      'workflows/engine/walk.ts Walk.goOn: this.changes.reportBug(error);',
      'workflows/late-payment/hand-on.ts LatePayments.#handOn: throw error;',
      'workflows/temporal/ports.ts TemporalPorts.timer: throw error;',
      'workflows/temporal/ports.ts outcomeOf: throw error;',
      'workflows/temporal/refusals.ts asKeptRefusal: throw error;',
      'workflows/temporal/refusals.ts isRefused: throw error;',
    ],
  },
  {
    reason: 'what the engine can do, and no step of an order or a return needs',
    branches: [
      'workflows/engine/step-body.ts StepBody.endAfter: walk.fail(step, error);',
      'workflows/engine/step-body.ts StepBody.run: await this.close(round);',
      'workflows/engine/walk.ts Walk.endHere: return;',
      'workflows/engine/walk.ts Walk.run: this.endHere(this.#end);',
      'workflows/temporal/host.ts host.mayClose: true',
      'workflows/temporal/host.ts host: []',
      'workflows/temporal/ports.ts TemporalPorts.call: call',
      'workflows/temporal/standard-commands.ts standardCommands: ({})',
      'workflows/temporal/standard-commands.ts standardCommands: false',
    ],
  },
  {
    reason: 'a precaution: what comes before it leaves no way there',
    branches: [
      'workflows/engine/graph.ts measure.ranBefore: return [];',
      'workflows/engine/ports.ts Cut.whenRequested: Promise.resolve()',
      'workflows/engine/run-process.ts ProcessRun.resolve: return;',
      "workflows/engine/step-body.ts StepBody.park: throw new BodyEnded('stopped');",
      'workflows/engine/step-run.ts StepRun.pass: return;',
      'workflows/late-payment/workflow.ts reasonOf: message',
      "workflows/order/settle.ts settleOrder.call: { code: 'cut', message: 'The call was given up.' }",
      'workflows/order/view.ts endOf: now',
      'workflows/temporal/answers.ts Answers.isHeldBack',
      "workflows/temporal/ports.ts outcomeOf.failure: 'refused'",
      'workflows/temporal/standard-commands.ts standardCommands.stopBy: run.steps.all[0]!',
    ],
  },
  {
    reason:
      'a settling run that is rejected fails while its other calls are under way, which no replay repeats exactly',
    branches: ['workflows/order/settle.ts settleOrder.call: outcome.failure'],
  },
  {
    reason: 'an hour of failing calls; what is done then changes nothing',
    branches: ['workflows/order/settle.ts settleOrder.call: {}'],
  },
  {
    reason: 'a history of 500 commands is too large to keep',
    branches: ['workflows/order/state.ts Order.takes: return false;'],
  },
  {
    reason: 'the fan-out of an order asks inventory for its branches',
    branches: ['workflows/engine/undo-walk.ts UndoWalk.findBranches: over(facts, steps.resultsFor(group))'],
  },
  {
    reason:
      'a stop cuts off a step outside of branches, in the moment in which a branch passes its pivot: no order has such a step then',
    branches: ['workflows/engine/walk.ts Walk.startReady: step.stay();'],
  },
  {
    reason: 'a run of old code that took a change too early: no life was recorded with it',
    branches: ['workflows/temporal/ports.ts TemporalPorts.refusesTooEarly: false'],
  },
  {
    reason: 'an activity of new code in a run of old code, which is possible only while both are deployed side by side',
    branches: ["workflows/temporal/ports.ts outcomeOf.kind: 'rejected'"],
  },
];
