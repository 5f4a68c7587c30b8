import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { ordersService } from './service.js';

await runService(ordersService, loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']));
