/** The token for calls to the services that tests start. */
export const serviceToken = 'token-of-the-services-in-tests';
/** For requests without a client. */
export const authorized = { authorization: `Bearer ${serviceToken}` };
