import type { FastifyReply, FastifyRequest } from 'fastify';
import { boundCursor } from './cursor.js';
import { pathOf } from './request.js';

/** One page of a list, as it is answered. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** `null`: this was the last page. */
  readonly nextCursor: string | null;
}

/** Answers a page of a list; its cursor is the caller's alone. Where more follows, a `Link` with `rel="next"` repeats the filters. */
export function pageOf<Item>(
  items: readonly Item[],
  nextCursor: string | null,
  to: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Page<Item> {
  const { caller } = to.request;
  const next = nextCursor !== null && caller ? boundCursor(nextCursor, caller.clientId) : nextCursor;
  if (next !== null) {
    const url = new URL(to.request.raw.url ?? '/', 'http://gateway');
    url.searchParams.set('cursor', next);
    void to.reply.header('link', `<${pathOf(to.request)}${url.search}>; rel="next"`);
  }
  return { items, nextCursor: next };
}

/**
 * Splits what was read for a page: ask the store for `limit + 1` rows; the one too many says that more follows.
 *
 * @param cursorAfter  the cursor after an item, see `cursorOf`
 */
export function cut<Item>(
  rows: readonly Item[],
  limit: number,
  cursorAfter: (last: Item) => string,
): { items: readonly Item[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null };
}
