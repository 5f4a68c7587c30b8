import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

export type Payloads = readonly Payload[] | null | undefined;

/** The first value of some payloads, by the data converter of the client. */
export async function decodeFirst<Value>(client: Client, payloads: Payloads): Promise<Value | undefined> {
  const [first] = payloads ?? [];
  if (!first) return undefined;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let decoded: Payload = first;
  for (const codec of payloadCodecs.toReversed()) [decoded = decoded] = await codec.decode([decoded]);
  return payloadConverter.fromPayload<Value>(decoded);
}
