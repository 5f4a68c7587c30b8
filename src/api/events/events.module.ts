import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { ChangeFeed } from './change-feed.js';
import { Streams } from './streams.js';
import { EventsController } from './events.controller.js';

@Module({ imports: [OrdersModule], controllers: [EventsController], providers: [ChangeFeed, Streams] })
export class EventsModule {}
