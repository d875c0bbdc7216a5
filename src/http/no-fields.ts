import { ApiBody, ApiSchema } from '@nestjs/swagger';

/** The body of a command that takes none: an empty object, or nothing at all. */
@ApiSchema({ name: 'NoFields', description: 'Nothing is to be said here; unknown fields are refused.' })
export class NoFields {}

/** For the document: the route's body may be missing. */
export function ApiNoFields(): MethodDecorator {
  return ApiBody({ type: NoFields, required: false });
}
