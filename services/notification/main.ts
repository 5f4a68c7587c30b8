import { loadConfigOrExit } from '../../src/config/index.js';
import { runService } from '../support/run.js';
import { notificationService } from './service.js';

const config = loadConfigOrExit(['DATABASE_URL', 'SERVICE_TOKEN']);
const { smtpUrl, mailFrom } = config;

await runService(notificationService(smtpUrl === undefined ? undefined : { smtpUrl, from: mailFrom }), config);
