import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from './problems.js';

export const problemsExtension = 'x-problems';

/** Names the problems of a route that only it has; those of every route are added to all when the document is made. */
export function Problems(...codes: readonly [ProblemCode, ...ProblemCode[]]): MethodDecorator {
  return ApiExtension(problemsExtension, [...codes]);
}
