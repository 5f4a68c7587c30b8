import { Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { jsonSchema, namedSchemas, reference } from './schemas.js';

const description = `Orders as durable processes: place an order, send it commands and events, watch it, read its history.

Money is in integer minor units, times are RFC 3339. Errors are RFC 9457 problems with a stable \`code\`; \`errors[].path\` is a JSON
pointer. A key sees the orders of its own shop; an order of another shop is answered 404. Webhooks are signed as Standard Webhooks specifies.`;

/** The OpenAPI document, generated from the routes after they are registered. */
@Injectable()
export class ApiDocument {
  private document: OpenAPIObject | undefined;

  describe(app: NestFastifyApplication): void {
    const config = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Orderflow')
      .setVersion('1')
      .setDescription(description)
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key from the setting API_KEYS' })
      .build();
    const document = SwaggerModule.createDocument(app, config, {
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
      standardSchemaConverter: (schema) => {
        const named = (schema as z.ZodType).meta()?.id !== undefined;
        return { schema: named ? reference(schema as z.ZodType) : jsonSchema(schema as z.ZodType) };
      },
    });
    document.components = { ...document.components, schemas: namedSchemas() };
    this.document = document;
  }

  get json(): OpenAPIObject {
    if (!this.document) throw new Error('The routes are not described yet');
    return this.document;
  }
}
