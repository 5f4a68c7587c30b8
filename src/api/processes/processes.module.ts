import { Module } from '@nestjs/common';
import { ProcessesController } from './processes.controller.js';
import { Processes } from './processes.js';

@Module({ controllers: [ProcessesController], providers: [Processes] })
export class ProcessesModule {}
