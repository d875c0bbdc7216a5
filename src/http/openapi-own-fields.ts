import type { OpenAPIObject } from '@nestjs/swagger';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import type { PlatformKind } from '../platforms/platform-kind.js';

/** Says of the view of a connection which fields only the connections of one platform have. */
export function showOwnFields(document: OpenAPIObject, kinds: readonly PlatformKind[]): OpenAPIObject {
  const view = document.components?.schemas?.['Connection'];
  if (!view || !('properties' in view) || !view.properties) throw new Error('The document has no view of connections');
  for (const kind of kinds) Object.assign(view.properties, ownFields(kind, Object.keys(view.properties)));
  return document;
}

function ownFields({ name, connectionSchema }: PlatformKind, common: readonly string[]): Record<string, JsonObject> {
  const { properties } = connectionSchema;
  const fields = Object.entries(isJsonObject(properties) ? properties : {});
  return Object.fromEntries(
    fields.flatMap(([field, schema]) => {
      if (common.includes(field) || !isJsonObject(schema)) return [];
      const { description } = schema;
      const about = typeof description === 'string' ? ` ${description}` : '';
      return [[field, { ...schema, description: `${name} only.${about}` }]];
    }),
  );
}
