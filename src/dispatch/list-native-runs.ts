import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import type {
  NativeRun,
  NativeRunName,
  NativeRunPage,
  NativeRunQuery,
  NativeRunSight,
} from '../platforms/native-run.js';
import { PlatformError } from '../platforms/platform.errors.js';
import { mayUse, sees } from '../processes/client.js';
import type { Process } from '../processes/process.js';
import { NotFound, Unsupported } from '../processes/process.errors.js';
import type { Visibility } from '../processes/process.reader.js';
import type { TaskRuns } from '../processes/task-runs.js';

const readTimeoutMs = 20_000;

/** Requests that one page may cost; what is not found by then is left to the next page. */
const mostRequests = 5;

/** A run as its platform lists it, with the process that it belongs to. */
export interface ListedRun {
  readonly run: NativeRun;
  /** `null`: it is not under management. */
  readonly process: Process | null;
}

/** Runs of one portal, newest first. */
export interface ListedRuns {
  readonly items: readonly ListedRun[];
  /** Where it goes on, in the platform's own words; `null`: nothing more fits. */
  readonly next: string | null;
}

/** Reads from portals what runs there, whoever started it. */
export class ListNativeRuns {
  constructor(
    private readonly portals: Portals,
    private readonly runs: TaskRuns,
  ) {}

  /** @throws NotFound, Unsupported, LiveReadError */
  async list(connection: string, query: NativeRunQuery, visible: Visibility): Promise<ListedRuns> {
    const portal = await this.#portalOf(connection, visible);
    const definitions = visibleOf(query.definitions, visible.definitions);
    const wanted = { ...query, definitions };
    const nobody = definitions?.length === 0 || wanted.subjectTypes?.length === 0 || wanted.subjectIds?.length === 0;
    const { runs, next } = nobody ? { runs: [], next: null } : await this.#page(portal, wanted);
    const owners = await this.runs.owners(
      portal.connection.portal,
      runs.map(({ nativeId }) => nativeId),
    );
    const items = runs.map((run) => ({ run, process: owners.get(run.nativeId) ?? null }));
    // A run whose process is not for these eyes is not there for them either.
    return { items: items.filter(({ process }) => !process || sees({ visible }, process)), next };
  }

  /** A run as its platform shows it now; `null`: it shows none. @throws Unsupported, LiveReadError */
  sightOf(portal: Portal, name: NativeRunName): Promise<NativeRunSight | null> {
    return this.#asked(portal, (platform, call) => {
      if (!platform.nativeRun) throw unlisted(portal);
      return platform.nativeRun(name, call);
    });
  }

  /** A platform may give less than it was asked for although more follows. */
  async #page(portal: Portal, query: NativeRunQuery): Promise<NativeRunPage> {
    const runs: NativeRun[] = [];
    let next = query.after;
    for (let request = 0; request < mostRequests; request += 1) {
      const wanted = { ...query, after: next, limit: query.limit - runs.length };
      const page = await this.#asked(portal, (platform, call) => {
        if (!platform.nativeRuns) throw unlisted(portal);
        return platform.nativeRuns(wanted, call);
      });
      runs.push(...page.runs);
      next = page.next;
      if (next === null || runs.length >= query.limit) break;
    }
    return { runs, next };
  }

  async #portalOf(connection: string, visible: Visibility): Promise<Portal> {
    const portal = mayUse(visible.connections, connection) ? await this.portals.of(connection) : null;
    if (!portal) throw new NotFound(`connection "${connection}"`);
    return portal;
  }

  async #asked<T>(portal: Portal, read: Parameters<typeof askSignedIn<T>>[2]): Promise<T> {
    try {
      return await askSignedIn(this.portals, portal, read, { signal: AbortSignal.timeout(readTimeoutMs) });
    } catch (error) {
      throw error instanceof PlatformError ? liveReadErrorOf(error) : error;
    }
  }
}

/** What is asked for of what may be seen; `null`: everything. */
function visibleOf(asked: readonly string[] | null, seen: readonly string[] | null): readonly string[] | null {
  if (asked === null || seen === null) return asked ?? seen;
  return asked.filter((one) => seen.includes(one));
}

function unlisted({ kind }: Portal): Unsupported {
  return new Unsupported(`${kind.name} shows no runs to be listed or adopted. ${kind.notes.native_runs ?? ''}`.trim());
}
