import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { Returns } from './returns.js';
import { ReturnsController } from './returns.controller.js';

@Module({ imports: [OrdersModule], controllers: [ReturnsController], providers: [Returns], exports: [Returns] })
export class ReturnsModule {}
