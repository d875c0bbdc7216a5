import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portals } from '../connections/portals.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { Process } from '../processes/process.js';
import { NotFound, RunUnknown, Unsupported } from '../processes/process.errors.js';
import type { ProcessReader } from '../processes/process.reader.js';
import type { ListedElement, ToldElements } from '../processes/told-elements.store.js';

const readTimeoutMs = 20_000;

/** The elements of a run: read from its platform, or as the platform has told of them by itself. */
export class ListElements {
  constructor(
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
    private readonly told: Pick<ToldElements, 'of'>,
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
    if (portal.platform.tellsElements) {
      if (process.nativeId === null) throw new RunUnknown(process.id);
      return this.told.of(process.id);
    }
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
