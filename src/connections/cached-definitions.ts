import type { Definition } from '../platforms/definition.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import type { Platform } from '../platforms/platform.js';
import { askSignedIn } from './ask-signed-in.js';
import type { DefinitionStore } from './definition.store.js';
import type { DefinitionLookup, Definitions } from './definitions.js';
import type { Portal, Portals } from './portals.js';

/** How long a definition that was read once serves without a look at the portal. */
const freshMs = 5 * 60_000;
/** How long a portal, or one definition there, that could not be asked for is left in peace; its starts are accepted unchecked meanwhile. */
const quietMs = 5000;
/** How long one read may take: a start waits for it. */
const readLimitMs = 5000;

interface Remembered {
  readonly definition: Definition;
  /** By the monotonic clock. */
  readonly readAtMs: number;
}

/** What is known through one adapter; it goes with the adapter, so another address begins with nothing. */
interface Shelf {
  readonly known: Map<string, Remembered>;
  readonly reads: Map<string, Promise<DefinitionLookup>>;
  /** By the definition that was asked for, or `everything`. */
  readonly failures: Map<string, { readonly error: PlatformError; readonly atMs: number }>;
}

/** No name of a definition. */
const everything = '';

/** Definitions in memory, behind it in the table that replicas share, behind it at the portal. */
export class CachedDefinitions implements Definitions {
  readonly #shelves = new WeakMap<Platform, Shelf>();

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(
    private readonly portals: Portals,
    private readonly store: DefinitionStore,
    private readonly now: () => number,
  ) {}

  async lookUp(connectionKey: string, definition: string): Promise<DefinitionLookup> {
    const portal = await this.portals.of(connectionKey);
    if (!portal || !portal.platform.namesDefinition(definition)) return { found: 'missing' };
    const shelf = this.#shelfOf(portal);
    const known = shelf.known.get(definition);
    if (known && this.now() - known.readAtMs < freshMs) return { found: 'known', definition: known.definition };
    const reading = shelf.reads.get(definition);
    if (reading) return reading;
    const read = this.#read(portal, shelf, definition).finally(() => shelf.reads.delete(definition));
    shelf.reads.set(definition, read);
    return read;
  }

  async list(connectionKey: string): Promise<readonly Definition[] | null> {
    const portal = await this.portals.of(connectionKey);
    if (!portal) return null;
    const call = { signal: AbortSignal.timeout(readLimitMs) };
    const definitions = await askSignedIn(this.portals, portal, (platform) => platform.definitions(call), call);
    if (!definitions) return null;
    const shelf = this.#shelfOf(portal);
    // Of an outline only the name is known; no start must be checked against it.
    const whole = definitions.filter(({ outline }) => !outline);
    await this.store.remember(connectionKey, whole);
    for (const one of whole) this.#keep(shelf, one, 0);
    return definitions.map((one) => (one.outline ? (shelf.known.get(one.definition)?.definition ?? one) : one));
  }

  async #read(portal: Portal, shelf: Shelf, definition: string): Promise<DefinitionLookup> {
    const { key } = portal.connection;
    const cached = await this.store.find(key, definition);
    if (cached && cached.ageMs < freshMs) return this.#keep(shelf, cached.definition, cached.ageMs);
    const read = await this.#ask(portal, shelf, definition);
    if (read instanceof PlatformError) {
      // An old definition checks a start better than none.
      if (cached) return { found: 'known', definition: cached.definition };
      return { found: 'unknown', because: read.message, error: read };
    }
    if (read) {
      await this.store.remember(key, [read]);
      return this.#keep(shelf, read, 0);
    }
    shelf.known.delete(definition);
    if (cached) await this.store.forget(key, definition);
    return { found: 'missing' };
  }

  async #ask(portal: Portal, shelf: Shelf, definition: string): Promise<Definition | null | PlatformError> {
    const failed = this.#failed(shelf, definition);
    if (failed) return failed;
    const call = { signal: AbortSignal.timeout(readLimitMs) };
    try {
      const read = await askSignedIn(this.portals, portal, (platform) => platform.definition(definition, call), call);
      shelf.failures.delete(everything);
      return read;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      shelf.failures.set(isAboutOne(error) ? definition : everything, { error, atMs: this.now() });
      return error;
    }
  }

  #failed(shelf: Shelf, definition: string): PlatformError | null {
    for (const [of, { atMs }] of shelf.failures) if (this.now() - atMs >= quietMs) shelf.failures.delete(of);
    return (shelf.failures.get(everything) ?? shelf.failures.get(definition))?.error ?? null;
  }

  #keep(shelf: Shelf, definition: Definition, ageMs: number): DefinitionLookup {
    shelf.known.set(definition.definition, { definition, readAtMs: this.now() - ageMs });
    return { found: 'known', definition };
  }

  #shelfOf({ platform }: Portal): Shelf {
    const shelf = this.#shelves.get(platform) ?? { known: new Map(), reads: new Map(), failures: new Map() };
    this.#shelves.set(platform, shelf);
    return shelf;
  }
}

/** The portal answered, so it can be asked for others: one broken definition leaves no other unchecked. */
function isAboutOne(error: PlatformError): boolean {
  return !(error instanceof Busy) && error.native !== null && error.native.httpStatus !== null;
}
