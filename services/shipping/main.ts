import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { shippingService } from './service.js';

const config = loadConfigOrExit(['DATABASE_URL']);
const { orderflowUrl, webhookSecret } = config;

const carrier = {
  ...(orderflowUrl === undefined ? {} : { webhookUrl: `${orderflowUrl}/v1/webhooks/carrier` }),
  ...(webhookSecret === undefined ? {} : { webhookSecret }),
};
await runService(shippingService(carrier), config);
