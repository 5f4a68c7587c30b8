import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import type { OrderBook } from './book/order-book.js';
import { defaultLimits, type Limits } from './limits.js';

/** What the API stands on; made by its entry point (or a test) and injected by these tokens. */
export interface Platform {
  config: Config;
  temporal: Client & { connection: Connection };
  book: OrderBook;
  logger: Logger;
  /** Those of {@link defaultLimits} unless given. */
  limits?: Partial<Limits>;
}

export const CONFIG = Symbol('config');
export const TEMPORAL = Symbol('temporal');
export const BOOK = Symbol('book');
export const LOGGER = Symbol('logger');
export const LIMITS = Symbol('limits');

export const limitsOf = ({ limits }: Platform): Limits => ({ ...defaultLimits, ...limits });

@Global()
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: CONFIG, useValue: platform.config },
        { provide: TEMPORAL, useValue: platform.temporal },
        { provide: BOOK, useValue: platform.book },
        { provide: LOGGER, useValue: platform.logger },
        { provide: LIMITS, useValue: limitsOf(platform) },
      ],
      exports: [CONFIG, TEMPORAL, BOOK, LOGGER, LIMITS],
    };
  }
}
