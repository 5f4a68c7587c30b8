import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { HistoryController } from './history.controller.js';

@Module({ imports: [OrdersModule], controllers: [HistoryController] })
export class HistoryModule {}
