import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { NewsBound } from './news-bound.js';
import { Webhooks } from './webhooks.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({ imports: [OrdersModule], controllers: [WebhooksController], providers: [NewsBound, Webhooks] })
export class WebhooksModule {}
