import type { IncomingMessage } from 'node:http';
import { MalformedRequest } from './door.errors.js';

type Head = Pick<IncomingMessage, 'url' | 'rawHeaders' | 'httpVersion'>;

/**
 * Which host and port a request is for, e.g. `bpm.example.com:443`: what its target names, else its `Host` (RFC 9112,
 * section 3.2.2). What a proxy says of other names decides nothing. Empty: HTTP/1.0 without one.
 */
export function authorityOf(head: Head): string {
  const [, ofTarget] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(head.url ?? '') ?? [];
  return ofTarget ?? hostsIn(head)[0] ?? '';
}

/** RFC 9112, section 3.2. @throws MalformedRequest  there are several `Host`, or none where there must be one */
export function requireOneHost(head: Head): void {
  const { length } = hostsIn(head);
  if (length > 1) throw new MalformedRequest('Send the header Host once.');
  if (length === 0 && head.httpVersion === '1.1') throw new MalformedRequest('This request needs the header Host.');
}

function hostsIn({ rawHeaders }: Head): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'host');
}
