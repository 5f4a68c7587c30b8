import type { RawCommand, SimulatedPayload } from './run-code.js';
import type { UpdateAnswer } from './server.js';

interface UpdateRequest {
  id: string;
  at: number;
  name: string;
  input: unknown;
  /** Refused before it was accepted: the server forgets it. */
  state: 'admitted' | 'accepted' | 'done';
  answer?: UpdateAnswer;
  waiting: ((answer: UpdateAnswer) => void)[];
}

/** Updates that a validator refuses: they are answered without being accepted. */
export type RefusedUpdates = Map<string, { request: UpdateRequest; failure: Record<string, unknown> }>;

/** The Updates of one run, by their ids. */
export class Updates {
  readonly #byId = new Map<string, UpdateRequest>();

  values(): UpdateRequest[] {
    return [...this.#byId.values()];
  }

  /** Not given to the code yet. */
  get admitted(): UpdateRequest[] {
    return this.values().filter(({ state }) => state === 'admitted');
  }

  /** Answers at once if the id is known and answered, or the run is closed. @returns whether the Update is new. */
  take(
    request: Pick<UpdateRequest, 'id' | 'name' | 'input' | 'at'>,
    isOpen: boolean,
    answered: (answer: UpdateAnswer) => void,
  ): boolean {
    const known = this.#byId.get(request.id);
    if (known?.answer) answered(known.answer);
    else if (!isOpen) answered({ kind: 'closed' });
    else if (known) known.waiting.push(answered);
    else {
      this.#byId.set(request.id, { ...request, state: 'admitted', waiting: [answered] });
      return true;
    }
    return false;
  }

  /** Reads who was accepted and who refused from the commands of a task. The refused are forgotten. */
  judgedBy(commands: readonly RawCommand[]): RefusedUpdates {
    const refused: RefusedUpdates = new Map();
    for (const { updateResponse: response } of commands) {
      if (!response) continue;
      const id = response.protocolInstanceId as string;
      const request = this.#byId.get(id);
      if (request?.state !== 'admitted') continue;
      if (response.accepted) request.state = 'accepted';
      else if (response.rejected) {
        refused.set(id, { request, failure: response.rejected as Record<string, unknown> });
      }
    }
    for (const id of refused.keys()) this.#byId.delete(id);
    return refused;
  }

  refuse(refused: RefusedUpdates): void {
    for (const [id, { request, failure }] of refused) {
      request.state = 'done';
      tell(request, { kind: 'refused', failure });
      this.#byId.delete(id);
    }
  }

  answer(response: Record<string, unknown>): void {
    const request = this.#byId.get(response.protocolInstanceId as string);
    if (!request || response.accepted) return;
    request.state = 'done';
    const { completed, rejected } = response as { completed?: SimulatedPayload; rejected?: Record<string, unknown> };
    tell(request, rejected ? { kind: 'refused', failure: rejected } : { kind: 'answer', value: completed?.v });
  }

  /** The run has closed. */
  close(): void {
    for (const request of this.#byId.values()) if (!request.answer) tell(request, { kind: 'closed' });
  }
}

function tell(request: UpdateRequest, answer: UpdateAnswer): void {
  if (answer.kind !== 'closed') request.answer = answer;
  for (const waiting of request.waiting.splice(0)) waiting(answer);
}
