import type { Activities } from '../activities/index.js';
import { service } from './engine/call.js';

/** The services that processes call. Each operation is an activity of the same name: see activities/. */

export const inventory = service<Activities['inventory']>('inventory');
export const payment = service<Activities['payment']>('payment');
export const shipping = service<Activities['shipping']>('shipping');
export const notification = service<Activities['notification']>('notification');
