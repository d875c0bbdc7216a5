import { KnownError } from '../lib/known-error.js';

/** The platform shows no such run. Where it does not list what has ended, that is all that can be known. */
export class RunNotShown extends KnownError {
  override readonly name = 'RunNotShown';
  readonly code = 'not-found';

  constructor(nativeId: string, platform: string) {
    super(
      `${platform} shows no run "${nativeId}" to this connection. A run that has ended may not be shown any more, and then ` +
        'it cannot be adopted; GET /v1/connections/{key}/native-runs lists what can be.',
    );
  }
}

/** The run is a process's already. */
export class RunHeldByProcess extends KnownError {
  override readonly name = 'RunHeldByProcess';
  readonly code = 'conflict';

  /** @param processId  `null`: whose it is was not found any more */
  constructor(
    nativeId: string,
    readonly processId: string | null,
  ) {
    super(
      processId === null
        ? `The run ${nativeId} belongs to a process already.`
        : `The run ${nativeId} belongs to process ${processId} already; GET /v1/processes/${processId}?refresh=true shows how it stands.`,
    );
  }
}

/** A start whose outcome nobody knows may have made the run; as another process it would never be found. */
export class RunSuspected extends KnownError {
  override readonly name = 'RunSuspected';
  readonly code = 'conflict';
  readonly processId: string | null;

  /** @param start  the process of that start and its open incident; `null`: the caller may not see it */
  constructor(nativeId: string, start: { readonly processId: string; readonly incidentId: string | null } | null) {
    const whose = start ? `process ${start.processId}` : 'another process';
    super(
      `The run ${nativeId} may be that of ${whose}, whose start has an unknown outcome. ${remedyOf(nativeId, start)}`,
    );
    this.processId = start?.processId ?? null;
  }
}

function remedyOf(nativeId: string, start: { readonly incidentId: string | null } | null): string {
  if (!start) return 'Ask whoever started it to resolve its incident first.';
  if (start.incidentId === null) return 'Wait until it is found, or until its incident is open, and resolve that.';
  return (
    `If it is, give it the run: POST /v1/incidents/${start.incidentId}/resolve {"action": "adopt", "nativeId": ` +
    `"${nativeId}"}. If not, resolve that incident otherwise first.`
  );
}

export type AdoptionError = RunNotShown | RunHeldByProcess | RunSuspected;
