import type { FuzzedRequest } from './requests.js';

const kept = 200;
const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** Ids that answers have told, so that requests hit what is there. */
export class KnownIds {
  readonly #texts = new Map<string, string[]>();

  /** Takes note of every id, cursor and version in an answer. */
  learn(path: string, body: unknown, headers: Readonly<Record<string, unknown>>): void {
    for (const [name, kind] of Object.entries({
      etag: 'etag',
      'operation-id': 'operations',
      'idempotency-key': 'key',
    })) {
      const value = headers[name];
      if (typeof value === 'string') this.#add(kind, value);
    }
    this.#look(path, body);
  }

  /** A text with ids in the places of `{…}`. */
  filled(text: string, { pick, operation }: FuzzedRequest): string {
    return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => this.#choose(name, pick, operation));
  }

  #look(path: string, value: unknown): void {
    if (Array.isArray(value)) for (const item of value.slice(0, 5)) this.#look(path, item);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, inside] of Object.entries(value)) {
      if (typeof inside !== 'string') this.#look(path, inside);
      else if (name === 'nextCursor') this.#add('cursor', encodeURIComponent(inside));
      else if (name === 'nativeId') this.#add('native', inside);
      else if (name === 'id' && uuid.test(inside)) this.#add(kindOf(path), inside);
      else if (name === 'id') this.#add(`other ${kindOf(path)}`, encodeURIComponent(inside));
    }
  }

  #choose(name: string, pick: number, { path, method }: FuzzedRequest['operation']): string {
    if (name === 'connection') return connectionOf(path, method, pick);
    if (name === 'definition')
      return ['1', '3', '20', 'UsrApproval', 'UsrWaiting', 'sign.b2e.document'][pick % 6] ?? '1';
    if (name === 'platform') return ['bitrix24', 'creatio'][pick % 2] ?? '';
    const kind = name === 'id' ? kindOf(path) : name;
    const known = [...(this.#texts.get(kind) ?? []), ...(this.#texts.get(`other ${kind}`) ?? [])];
    if (name === 'elementId')
      known.push(...(this.#texts.get('other elements') ?? []), ...(this.#texts.get('elements') ?? []));
    return known[pick % Math.max(1, known.length)] ?? '00000000-0000-7000-8000-000000000001';
  }

  #add(kind: string, text: string): void {
    const texts = this.#texts.get(kind) ?? [];
    if (texts.includes(text)) return;
    this.#texts.set(kind, [text, ...texts].slice(0, kept));
  }
}

/** The list that an address belongs to, e.g. `processes`; elements are of a process and yet their own. */
function kindOf(path: string): string {
  if (path.endsWith('/elements')) return 'elements';
  return path.split('/')[2] ?? '';
}

/** Commands that change a connection get one that nothing else is tried on. */
function connectionOf(path: string, method: string, pick: number): string {
  const changes = path.startsWith('/v1/connections/') && method !== 'GET' && !path.endsWith('/test');
  const keys = changes
    ? ['victim-1', 'victim-2', 'victim-3']
    : ['bitrix24', 'creatio', 'signing', 'victim-1', 'nothing'];
  return keys[pick % keys.length] ?? '';
}
