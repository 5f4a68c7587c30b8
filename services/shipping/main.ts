import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { shippingService } from './service.js';

const config = loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']);
const { carrierSimulator, orderflowUrl, webhookSecrets } = config;

const carrier = {
  ...(orderflowUrl === undefined ? {} : { webhookUrl: `${orderflowUrl}/v1/webhooks/carrier` }),
  ...(webhookSecrets.carrier === undefined ? {} : { webhookSecret: webhookSecrets.carrier }),
};
await runService(shippingService(carrierSimulator ? carrier : undefined), config);
