/** What the services that tests start are called with. */
export const serviceToken = 'token-of-the-services-in-tests';
/** For requests without a client. */
export const authorized = { authorization: `Bearer ${serviceToken}` };
