import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { loadConfigOrExit, serviceUrlSettings } from '../../src/config/index.js';
import { inventoryClient } from '../../services/inventory/client.js';
import { notificationClient } from '../../services/notification/client.js';
import { paymentClient } from '../../services/payment/client.js';
import { shippingClient } from '../../services/shipping/client.js';
import { plainActivities, type Clients } from './activities.js';
import { plainTaskQueue, type Progress } from './order.js';

// The worker of the plain saga. All its settings are the SDK's own, as in Temporal's samples.

const { serviceUrls, serviceToken: token, temporal } = loadConfigOrExit([...serviceUrlSettings, 'SERVICE_TOKEN']);
Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGINT', 'SIGTERM'] });
const connection = await NativeConnection.connect(temporal.connectionOptions);
const clients: Clients = {
  inventory: inventoryClient({ baseUrl: serviceUrls.inventory, token }),
  payment: paymentClient({ baseUrl: serviceUrls.payment, token }),
  shipping: shippingClient({ baseUrl: serviceUrls.shipping, token }),
  notification: notificationClient({ baseUrl: serviceUrls.notification, token }),
};
const worker = await Worker.create({
  connection,
  taskQueue: plainTaskQueue,
  workflowsPath: fileURLToPath(new URL('./workflow.js', import.meta.url)),
  activities: plainActivities(clients, (news: Progress) => process.send?.(news)),
});
// The bench is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
const running = worker.run();
process.send?.('ready');
await running;
await Promise.all(Object.values(clients).map((client: { close: () => Promise<void> }) => client.close()));
await connection.close();
process.disconnect?.();
