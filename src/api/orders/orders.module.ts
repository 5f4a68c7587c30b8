import { Module } from '@nestjs/common';
import { Admission } from '../runs/admission.js';
import { OrderRuns } from '../runs/order-runs.js';
import { Commands } from './commands.js';
import { CommandsController } from './commands.controller.js';
import { Links } from './links.js';
import { OrderReader } from './order-reader.js';
import { OrdersController } from './orders.controller.js';
import { Placing } from './placing.js';
import { Settling } from './settling.js';

@Module({
  controllers: [OrdersController, CommandsController],
  providers: [Admission, OrderRuns, OrderReader, Placing, Commands, Settling, Links],
  exports: [Admission, OrderRuns, OrderReader, Links],
})
export class OrdersModule {}
