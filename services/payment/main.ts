import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { paymentService } from './service.js';

await runService(paymentService, loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']));
