import type { SimulatedRequest } from '../../../lib/simulator.js';
import { assign, emptyParams, parseJsonObject, parseQuery, textOf, type Params } from './php-params.js';

/** A call as the portal reads it off the wire. */
export interface Received {
  /** Lower-cased, without the ending .json; e.g. `bizproc.workflow.start`. */
  readonly method: string;
  /** The query with the body over it. */
  readonly params: Params;
  readonly webhook: { readonly userId: string; readonly secret: string } | null;
  /** `null`: none was sent. A Bearer header wins over parameters (observed). */
  readonly token: string | null;
}

/** Reads `/rest/{user}/{secret}/{method}[.json]` or `/rest/{method}[.json]`; `null` where it is neither. */
export function receivedCall(request: SimulatedRequest): Received | null {
  // The front end merges slashes, and SDKs put a second one behind a client_endpoint that ends with one.
  const [, rest, ...parts] = request.url.pathname.replaceAll(/\/{2,}/g, '/').split('/');
  if (rest !== 'rest' || (parts.length !== 1 && parts.length !== 3)) return null;
  const method = (parts.at(-1) ?? '').replace(/\.json$/, '').toLowerCase();
  const [userId = '', secret = ''] = parts;
  const params = { ...parseQuery(request.url.search.slice(1)), ...bodyOf(request) };
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? (textOf(params['auth']) || textOf(params['access_token']) || null);
  delete params['auth'];
  delete params['access_token'];
  return {
    method,
    params,
    webhook: parts.length === 3 ? { userId, secret: decodeURIComponent(secret) } : null,
    token: parts.length === 3 ? null : token,
  };
}

/** JSON, urlencoded or multipart; malformed JSON is ignored, as the portal does (observed). */
export function bodyOf({ headers, body }: SimulatedRequest): Params {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return { ...parseJsonObject(body) };
  if (type.startsWith('multipart/form-data')) return multipart(body, /boundary="?([^";]+)/.exec(type)?.[1] ?? '');
  return parseQuery(body);
}

function multipart(body: string, boundary: string): Params {
  const params = emptyParams();
  for (const part of body.split(`--${boundary}`)) {
    const [head = '', ...content] = part.split('\r\n\r\n');
    const name = /name="([^"]*)"/.exec(head)?.[1];
    if (name !== undefined) assign(params, name, content.join('\r\n\r\n').replace(/\r\n$/, ''));
  }
  return params;
}
