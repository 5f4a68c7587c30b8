import type { DataConverter, PayloadCodec } from '@temporalio/common';

/**
 * What happens to payloads on their way to Temporal, for example encryption. Payloads are encoded in the order of the list, and decoded in
 * the opposite order. Add your codecs here:
 *
 *     const payloadCodecs: PayloadCodec[] = [new EncryptionCodec(keyFrom(process.env.PAYLOAD_KEY))];
 */
const payloadCodecs: PayloadCodec[] = [];

/** The data converter of clients, workers and `npm run replay`. Add `externalStorage` here to keep large payloads elsewhere. */
export const dataConverter: DataConverter = { payloadCodecs };
