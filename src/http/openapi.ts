import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { platformKinds } from '../platforms/registry.js';
import { closeBodies } from './openapi-bodies.js';
import { showOwnFields } from './openapi-own-fields.js';
import { documentProblems } from './openapi-problems.js';
import { ProblemView } from './problem.dto.js';

const description = `One HTTP service that starts, follows and stops business processes in BPM platforms.

A start is accepted durably before a byte is sent to the platform, and no machine ever sends it a second time where the
first may have run. Send an \`Idempotency-Key\` with every command and repeat with the same key when an answer is lost.

Errors are \`application/problem+json\` (RFC 9457); \`code\` is to branch on, \`type\` opens a page that explains it.`;

const tags: readonly (readonly [name: string, description: string])[] = [
  ['Processes', 'Start, follow and stop runs.'],
  ['Tasks', 'What runs wait for people to do.'],
  ['Events', 'What happened, for those who ask, listen or are told.'],
  ['Connections', 'Registered portals and instances.'],
  ['Definitions', 'What can be started there.'],
  ['Platforms', 'The kinds of remote systems, and what they can do.'],
  ['Inbound', 'What portals and processes tell by themselves.'],
  ['Clients', 'Who may call, and with which keys.'],
  ['Health', 'For load balancers and people on duty.'],
];

/** The contract of the HTTP API, made from the code. */
export function openApiOf(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('BPM gateway')
    .setDescription(description)
    .setVersion('1')
    .addServer('/')
    .addSecurity('apiKey', {
      type: 'http',
      scheme: 'bearer',
      description:
        'An API key, `bpmgw_…`. Not needed where the gateway runs with AUTH=off. The scope that a route needs stands in its ' +
        '`security`; where several requirements stand there, each is enough, and `admin` is enough everywhere.',
    })
    .addSecurity('accessToken', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'An OAuth 2.0 access token of the issuer that JWT_ISSUER names; scopes as in its claim `scope`, the client is ' +
        '`client_id`, else `azp`, else `sub`, and the claim `connections` limits it to those.',
    });
  for (const [name, about] of tags) config.addTag(name, about);
  const base = config.build();
  const license = { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' };
  const described = { ...base, info: { ...base.info, license } };
  const document = SwaggerModule.createDocument(app, described, { extraModels: [ProblemView] });
  const { openapi, paths, components, ...rest } = showOwnFields(
    closeBodies(documentProblems(withoutIdleTags(document))),
    platformKinds,
  );
  // What people read first stands first.
  const { info, servers, tags: used } = rest;
  return {
    openapi,
    info,
    ...(servers ? { servers } : {}),
    ...(used ? { tags: used } : {}),
    paths,
    ...(components ? { components } : {}),
  };
}

// A tag that no route has yet would be a promise.
function withoutIdleTags(document: OpenAPIObject): OpenAPIObject {
  const used = JSON.stringify(document.paths);
  return { ...document, tags: (document.tags ?? []).filter(({ name }) => used.includes(`"tags":["${name}"`)) };
}
