import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { platformKinds } from '../platforms/registry.js';
import { Unreadable } from './door.errors.js';

const maxBytes = 1024 * 1024;

/**
 * The larger bodies that the door lets in are for signings alone; what is to be started is known only once the body is
 * read.
 */
@Injectable()
export class StartBodyLimit implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { bodyBytes, body } = context.switchToHttp().getRequest<FastifyRequest>();
    if (bodyBytes > maxBytes && !isSigning(body)) {
      throw new Unreadable(
        'payload-too-large',
        `The body of a start that signs nothing may have ${maxBytes / 1024} KiB.`,
      );
    }
    return true;
  }
}

function isSigning(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('definition' in body)) return false;
  return platformKinds.some(({ signing }) => signing.includes(String(body.definition)));
}
