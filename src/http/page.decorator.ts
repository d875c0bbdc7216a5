import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';

/** Documents the answer of a list: a page of `item`, `Link` where more follows, `Data-Age` where it may come from a read replica. */
export function ApiPage(item: Type, age: 'is of now' | 'may be old' = 'is of now'): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      description: 'A page, newest first.',
      headers: {
        Link: { description: 'rel="next", where more follows.', schema: { type: 'string' } },
        ...(age === 'may be old' ? { 'Data-Age': dataAge } : {}),
      },
      schema: {
        type: 'object',
        required: ['items', 'nextCursor'],
        additionalProperties: false,
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          nextCursor: { type: 'string', nullable: true, description: 'null: this was the last page.' },
        },
      },
    }),
  );
}

const dataAge = {
  description:
    'Seconds: the page comes from a read replica and shows what was so at most as long ago. Absent: it shows what is so now.',
  schema: { type: 'integer', minimum: 0 },
} as const;
