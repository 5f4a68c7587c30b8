import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';

type Interceptors = NonNullable<ConnectionOptions['interceptors']>;
type NextCall = Parameters<Interceptors[number]>[1];
type Call = ReturnType<NextCall>;

/** gRPC status of a call that its client has given up. It is not retried. */
const cancelled = 1;

/**
 * The SDK's own retries, which also end well when the connection is closed while a call waits for its next attempt. A closed channel throws,
 * and there the attempt is made by a timer: nothing could catch the error, and it would end the program in the middle of its stop.
 */
export const retryInterceptors: Interceptors = [
  makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  (options, nextCall) => callOrFail(() => nextCall(options)) as ReturnType<Interceptors[number]>,
];

function callOrFail(call: () => Call): Call {
  try {
    return call();
  } catch (error) {
    return failedCall((error as Error).message);
  }
}

/** A call that fails when it is started, as a call on the wire does: with no message, and a status. */
function failedCall(details: string): Call {
  const nothing = () => undefined;
  return {
    start: (metadata, listener) => {
      process.nextTick(() => {
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.({ code: cancelled, details, metadata });
      });
    },
    sendMessage: nothing,
    sendMessageWithContext: nothing,
    startRead: nothing,
    halfClose: nothing,
    cancelWithStatus: nothing,
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
