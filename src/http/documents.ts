import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { openApiOf } from './openapi.js';

/** Serves the contract as JSON, as YAML, and as a page to try it. */
export function serveDocuments(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  let made: OpenAPIObject | null = null;
  // Made when it is first asked for: it costs a hundred milliseconds that a start should not.
  const document = (): OpenAPIObject => (made ??= openApiOf(app));
  const config = { access: 'public' } as const;
  server.get('/openapi.json', { config }, async (_, reply) => reply.type('application/json').send(document()));
  server.get('/openapi.yaml', { config }, async (_, reply) =>
    reply.type('application/yaml').send(await yamlOf(document())),
  );
  // The page and its scripts are routes of a library, which knows nothing of access.
  server.addHook('onRoute', (route) => {
    if (/^\/docs(\/|$)/.test(route.url)) route.config = { ...route.config, ...config };
  });
  SwaggerModule.setup('docs', app, document, {
    raw: false,
    customSiteTitle: 'BPM gateway',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
  });
}

/** The document as the file at the top of the project has it. */
export async function yamlOf(document: OpenAPIObject): Promise<string> {
  // Its hundred files are for the few who ask.
  const { stringify } = await import('yaml');
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
