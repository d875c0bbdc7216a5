import type { OpenAPIObject } from '@nestjs/swagger';
import { openExtension } from './open-body.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string] & { [openExtension]?: boolean; additionalProperties?: unknown };

const reference = /"#\/components\/schemas\/([^"]+)"/g;

/** Says of every class of body that unknown fields are refused, as they are, but for those that are open. */
export function closeBodies(document: OpenAPIObject): OpenAPIObject {
  const schemas: Record<string, Schema> = document.components?.schemas ?? {};
  const bodies = Object.values(document.paths).flatMap((item) =>
    [item.post, item.put, item.patch].flatMap((operation) => operation?.requestBody ?? []),
  );
  for (const name of reachable(JSON.stringify(bodies), schemas)) {
    const schema = schemas[name];
    if (schema && 'properties' in schema) schema.additionalProperties ??= schema[openExtension] === true;
  }
  for (const schema of Object.values(schemas)) delete schema[openExtension];
  return document;
}

function reachable(text: string, schemas: Readonly<Record<string, Schema>>, seen = new Set<string>()): Set<string> {
  for (const [, name = ''] of text.matchAll(reference)) {
    if (seen.has(name)) continue;
    seen.add(name);
    reachable(JSON.stringify(schemas[name] ?? {}), schemas, seen);
  }
  return seen;
}
