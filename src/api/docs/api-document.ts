import { Injectable } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { componentSchemas } from './components.js';

const description = `Orders as durable processes: place one, tell it things, watch it, read its history.

Money is in integer minor units, times are RFC 3339. Errors are RFC 9457 problems with a stable \`code\`; \`errors[].path\` is a JSON
pointer. A key sees the orders of its own shop; another's id answers 404. Webhooks are signed by Standard Webhooks.`;

/** The OpenAPI document, read off the routes once they are all there. */
@Injectable()
export class ApiDocument {
  private document: OpenAPIObject | undefined;

  describe(app: NestFastifyApplication): void {
    const config = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Orderflow')
      .setVersion('1')
      .setDescription(description)
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key of API_KEYS' })
      .build();
    const document = SwaggerModule.createDocument(app, config, {
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
    });
    const schemas = { ...document.components?.schemas, ...componentSchemas() } as NonNullable<
      NonNullable<OpenAPIObject['components']>['schemas']
    >;
    this.document = { ...document, components: { ...document.components, schemas } };
  }

  get json(): OpenAPIObject {
    if (!this.document) throw new Error('The routes are not described yet');
    return this.document;
  }
}
