import { createRequire } from 'node:module';
import type { History } from '@temporalio/common/lib/proto-utils.js';

/**
 * The SDK's own historyToJSON takes the protobuf library of one package and the message types of another, and throws "type must
 * be a Type" wherever npm has given each its own copy of the library. This takes both from the same place.
 */
const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve('@temporalio/common'));
const proto = createRequire(sdk.resolve('@temporalio/proto'));

interface ProtobufRoot {
  lookupType: (name: string) => { fromObject: (value: unknown) => object };
}
const { toJson } = proto('protobufjs/ext/protojson') as { toJson: (type: unknown, message: object) => unknown };
const { patchProtobufRoot } = sdk('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot: (root: unknown) => ProtobufRoot;
};
const historyType = patchProtobufRoot(sdk('@temporalio/proto')).lookupType('temporal.api.history.v1.History');

/** Proto JSON, as `temporal workflow show --output json` prints it. */
export interface HistoryJson {
  events: { eventId: string; eventTime: string; eventType: string; [attributes: string]: unknown }[];
}

export function historyJson(history: History): HistoryJson {
  return toJson(historyType, historyType.fromObject(history)) as HistoryJson;
}
