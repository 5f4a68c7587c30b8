import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { ordersService } from './service.js';

const config = loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']);

await runService(ordersService(config.databaseUrl), config);
