import type { DataConverter } from '@temporalio/common';
import {
  decode,
  extstoreInboundOptions,
  visit,
  walkGetWorkflowExecutionHistoryResponse,
  type VisitOptions,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import { dataConverter } from '../../../src/temporal/payload-codecs.js';
import { CannotRun } from '../command.js';
import { eventName, eventsOf, type RecordedHistory } from './history.js';

/** What the SDK's converters read. Any other encoding is of a codec. */
const readable = new Set(['json/plain', 'binary/null', 'binary/plain', 'json/protobuf', 'binary/protobuf']);

/**
 * Fetches what is kept elsewhere and decodes what is encoded, by the data converter of the configuration. So the replay needs no codec, and
 * payloads that cannot be read are told before any code runs.
 *
 * @throws {CannotRun} that names the first event with a payload that cannot be read.
 */
export async function readPayloads(
  history: RecordedHistory,
  converter: DataConverter = dataConverter,
): Promise<RecordedHistory> {
  const { payloadCodecs = [], externalStorage } = converter;
  const decoding = each(async (payloads) => {
    const decoded = await decode(payloadCodecs, payloads);
    for (const { metadata } of decoded) {
      const encoding = Buffer.from(metadata?.encoding ?? []).toString();
      if (!readable.has(encoding)) throw new Error(`its encoding is ${JSON.stringify(encoding)}`);
    }
    return decoded;
  });
  for (const [index, event] of (history.proto.events ?? []).entries()) {
    try {
      for (const options of [extstoreInboundOptions(externalStorage), decoding]) {
        await visit({ history: { events: [event] } }, walkGetWorkflowExecutionHistoryResponse, options);
      }
    } catch (error) {
      const where = `event ${index + 1}, ${eventName(history.events[index]!)}`;
      throw new CannotRun(
        `a payload of ${where}, cannot be read: ${(error as Error).message}; is a codec missing in src/temporal/payload-codecs.ts?`,
        { cause: error },
      );
    }
  }
  const isPlain = payloadCodecs.length === 0 && externalStorage === undefined;
  return isPlain ? history : { ...history, events: eventsOf(history.proto) };
}

function each(transform: (payloads: Payload[]) => Promise<Payload[]>): VisitOptions<void> {
  return {
    transformPayloads: transform,
    transformPayload: async (payload) => (await transform([payload]))[0]!,
    // Codecs do not encode them.
    skipHeaders: true,
    skipSearchAttributes: true,
  };
}
