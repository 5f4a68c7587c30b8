import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Writes the framework's messages to the API's log. Its start-up messages have the level debug. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log = (message: unknown): void => this.logger.debug(String(message));
  debug = (message: unknown): void => this.logger.debug(String(message));
  verbose = (message: unknown): void => this.logger.trace(String(message));
  warn = (message: unknown): void => this.logger.warn(String(message));
  error = (message: unknown): void => this.logger.error(String(message));
  fatal = (message: unknown): void => this.logger.fatal(String(message));
}
