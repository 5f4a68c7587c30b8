import { createRequire } from 'node:module';

/**
 * The SDK's own reader of JSON histories takes the protobuf library of one package and the message types of another, and throws "type
 * must be a Type" wherever npm has given each its own copy of the library. This takes both from the same place, and the worker gets the
 * history ready made.
 */
const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve('@temporalio/common'));
const proto = createRequire(sdk.resolve('@temporalio/proto'));

const { fromJson } = proto('protobufjs/ext/protojson') as {
  fromJson: (type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }) => unknown;
};
const { patchProtobufRoot } = sdk('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot: (root: unknown) => { lookupType: (name: string) => unknown };
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
