import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ReturnsModule } from '../returns/returns.module.js';
import { LatePayments } from './late-payments.js';
import { NewsBound } from './news-bound.js';
import { Webhooks } from './webhooks.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [OrdersModule, MetricsModule, ReturnsModule],
  controllers: [WebhooksController],
  providers: [LatePayments, NewsBound, Webhooks],
})
export class WebhooksModule {}
