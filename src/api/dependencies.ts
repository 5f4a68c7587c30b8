import type { Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config/index.js';
import type { TemporalClient } from '../temporal/connection.js';
import type { OrderBook } from './book/order-book.js';
import { defaultLimits, type Limits } from './limits.js';

/** What the API needs from its program (or from a test). The caller closes it. */
export interface Dependencies {
  config: Config;
  temporal: TemporalClient;
  book: OrderBook;
  logger: Logger;
  /** Override the settings and the {@link defaultLimits}. */
  limits?: Partial<Limits>;
}

export const CONFIG = Symbol('config');
export const TEMPORAL = Symbol('temporal');
export const BOOK = Symbol('book');
export const LOGGER = Symbol('logger');
export const LIMITS = Symbol('limits');

export const limitsOf = ({ config, limits }: Dependencies): Limits => ({
  ...defaultLimits,
  ratePerKey: config.rateLimit,
  streamsPerKey: config.eventStreamsPerKey,
  ...limits,
});

export function provideDependencies(dependencies: Dependencies): Provider[] {
  const { config, temporal, book, logger } = dependencies;
  return [
    { provide: CONFIG, useValue: config },
    { provide: TEMPORAL, useValue: temporal },
    { provide: BOOK, useValue: book },
    { provide: LOGGER, useValue: logger },
    { provide: LIMITS, useValue: limitsOf(dependencies) },
  ];
}
