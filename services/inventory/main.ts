import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { inventoryService } from './service.js';

await runService(inventoryService, loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']));
