import { createRequire } from 'node:module';

/**
 * The SDK's own reader and writer of JSON histories take the protobuf library of one package and the message types of another, and throw "type
 * must be a Type" wherever npm has given each its own copy of the library. This takes both from the same place, and the worker gets the
 * history ready made.
 */
const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve('@temporalio/common'));
const proto = createRequire(sdk.resolve('@temporalio/proto'));

interface MessageType {
  fromObject: (value: unknown) => object;
}
const { fromJson, toJson } = proto('protobufjs/ext/protojson') as {
  fromJson: (type: MessageType, json: unknown, options: { ignoreUnknownFields: boolean }) => unknown;
  toJson: (type: MessageType, message: object) => unknown;
};
const { patchProtobufRoot } = sdk('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot: (root: unknown) => { lookupType: (name: string) => MessageType };
};
const historyType = patchProtobufRoot(sdk('@temporalio/proto')).lookupType('temporal.api.history.v1.History');

/**
 * @param json proto JSON, as `temporal workflow show --output json` prints it.
 * @returns the History message. Fields that a newer server has added are left out.
 * @throws {Error} when a field is not what its type says.
 */
export function protoHistory(json: unknown): unknown {
  return fromJson(historyType, json, { ignoreUnknownFields: true });
}

/** The opposite of {@link protoHistory}: what `temporal workflow show --output json` would print. */
export function jsonHistory(history: unknown): { events: unknown[] } {
  return toJson(historyType, historyType.fromObject(history)) as { events: unknown[] };
}
