import { defined } from '../../contracts/defined.js';
import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { shippingService } from './service.js';

const config = loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']);
const { carrierSimulator, orderflowUrl, webhookSecrets } = config;
const carrier = defined({
  webhookUrl: orderflowUrl && `${orderflowUrl}/v1/webhooks/carrier`,
  webhookSecret: webhookSecrets.carrier,
});

await runService(shippingService(carrierSimulator ? carrier : undefined), config);
