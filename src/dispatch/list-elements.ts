import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portals } from '../connections/portals.js';
import type { Element } from '../platforms/run.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Process } from '../processes/process.js';
import { NotFound, RunUnknown, Unsupported } from '../processes/process.errors.js';
import type { ProcessReader } from '../processes/process.store.js';

/** An element under the id that callers use. */
export interface ListedElement {
  readonly id: string;
  readonly element: Element;
}

const readTimeoutMs = 20_000;

/** Reads the elements of a run from its platform. */
export class ListElements {
  constructor(
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
  ) {}

  /** @throws Unsupported, RunUnknown, LiveReadError */
  async of(process: Process): Promise<readonly ListedElement[]> {
    try {
      return await this.#read(process);
    } catch (error) {
      throw error instanceof PlatformError ? liveReadErrorOf(error) : error;
    }
  }

  async #read(process: Process): Promise<readonly ListedElement[]> {
    const portal = await this.portals.of(process.connection);
    if (!portal) throw new NotFound(`connection "${process.connection}"`);
    if (!portal.platform.elements) throw new Unsupported(`${portal.kind.name} does not show the elements of a run.`);
    if (process.nativeId === null) throw new RunUnknown(process.id);
    const run = { nativeId: process.nativeId, definition: process.definition };
    const call = { signal: AbortSignal.timeout(readTimeoutMs) };
    const elements = await askSignedIn(
      this.portals,
      portal,
      async (platform, given) => (await platform.elements?.(run, given)) ?? [],
      call,
    );
    const ids = await this.reader.elementIds(
      process.id,
      elements.map(({ nativeId }) => nativeId),
    );
    return elements.map((element) => ({ id: ids.get(element.nativeId) ?? '', element }));
  }
}
