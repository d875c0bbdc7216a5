import { ApiExtension } from '@nestjs/swagger';

export const openExtension = 'x-open';

/** For the document: bodies of this class may hold other fields than its own, e.g. those of a platform. */
export function ApiOpen(): ClassDecorator {
  return ApiExtension(openExtension, true);
}
