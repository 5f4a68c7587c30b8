import type { CommandEnvelope } from './protocol.js';
import type { MessageType } from '../engine/message.js';

/** What a command does to a process. The host records each command before it acts: see host.ts. */
export interface CommandHandler<Body = unknown> {
  type: MessageType<string, Body>;
  /**
   * Throws a refusal when the command cannot be taken now. Changes nothing: the host calls it before the command is recorded, unless another
   * command is under way, and again right before `take`.
   */
  check(envelope: CommandEnvelope<Body>): void;
  /**
   * It changes what later calls ask for. A lost workflow task may have made those calls already, so the command is refused while that is not
   * known (see StepRuns.areUnsure).
   */
  changesCalls?: true;
  /** Whether the check needs something that has to be loaded first. The command is then checked only after it is recorded. */
  mustLoad?(): boolean;
  load?(): Promise<void>;
  /** Takes the command at once. What it sets off goes on after it. */
  take(envelope: CommandEnvelope<Body>, id: string): void;
}

/** Every event has these fields. */
export interface EventContent {
  /** The sender's id of the message. The same id again has no effect. */
  id: string;
}

/** What an event does to a process. It is taken as it comes, and never refused. */
export interface EventHandler<Content extends EventContent = EventContent> {
  type: MessageType<string, Content>;
  take(content: Content): void | Promise<void>;
}

/** @example onCommand(cancel, { check: () => mustBePossible('cancel'), take: ({ by }) => stop(by) }) */
export const onCommand = <Body>(
  type: MessageType<string, Body>,
  handler: Omit<CommandHandler<Body>, 'type'>,
): CommandHandler<Body> => ({ type, ...handler });

export const onEvent = <Content extends EventContent>(
  type: MessageType<string, Content>,
  take: EventHandler<Content>['take'],
): EventHandler<Content> => ({ type, take });
