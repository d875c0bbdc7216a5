import { HttpException } from '@nestjs/common';
import { KnownError } from '../lib/known-error.js';
import { MalformedRequest, NotFound, Unreadable } from './door.errors.js';
import { Explained } from './problem.js';

/**
 * What an error of Fastify or Nest means in our words; what is none of theirs is given back as it is.
 *
 * @param takes  the media types that the route reads
 */
export function inOurWords(error: unknown, takes = 'application/json'): unknown {
  if (error instanceof KnownError || error instanceof Explained) return error;
  const code = codeOf(error) ?? codeOf(error instanceof HttpException ? error.cause : null);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Unreadable('payload-too-large', 'The body is too large.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return unreadType(takes);
    case 'FST_ERR_BAD_URL':
      return new MalformedRequest('The path is not UTF-8 in percent-encoding.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new NotFound();
    default:
      return error instanceof HttpException ? byStatus(error, takes) : error;
  }
}

/** @param takes  the media types that the route reads, in words */
export function unreadType(takes: string): Unreadable {
  return new Unreadable('unsupported-media-type', `This route does not read bodies of this type; send ${takes}.`);
}

function byStatus(error: HttpException, takes: string): unknown {
  const status = error.getStatus();
  if (status === 404) return new NotFound();
  if (status === 406) return new Unreadable('not-acceptable', 'The answer cannot be given in such a form.');
  if (status === 413) return new Unreadable('payload-too-large', 'The body is too large.');
  if (status === 415) return unreadType(takes);
  return status >= 400 && status < 500 ? new MalformedRequest('The request cannot be read.') : error;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
