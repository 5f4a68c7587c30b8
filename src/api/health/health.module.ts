import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { SystemParts } from './parts.js';

@Module({ controllers: [HealthController], providers: [SystemParts] })
export class HealthModule {}
