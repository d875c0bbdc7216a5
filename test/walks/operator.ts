import type { JsonObject } from '../../src/lib/json.js';
import type { Model } from './model.js';
import { platforms } from './portals.js';
import type { WalkCommand } from './starts.js';
import type { Walk, WhereNothingRan } from './walk.js';

/** An incident as it is shown, with what an answer to it has to carry. */
interface ShownIncident {
  readonly id: string;
  readonly processId: string | null;
  readonly actions: readonly string[];
}

/** A person takes up an incident: looks into the platform first, and then says what is so. */
export class Decide implements WalkCommand {
  constructor(
    private readonly nth: number,
    private readonly otherwise: WhereNothingRan,
    private readonly at: number,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.length > 0;
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const incidents = await openIncidents(walk, this.at);
    const incident = incidents[this.nth % incidents.length];
    if (incident) await decide({ model, walk, incident, otherwise: this.otherwise }, this.at);
  }

  toString(): string {
    return `Decide(#${this.nth}, else ${this.otherwise} @${this.at % 2})`;
  }
}

/** A person takes up everything that is open. */
export async function decideAll(model: Model, walk: Walk, otherwise: WhereNothingRan): Promise<number> {
  const incidents = await openIncidents(walk, 0);
  for (const incident of incidents) await decide({ model, walk, incident, otherwise }, 0);
  return incidents.length;
}

async function openIncidents(walk: Walk, at: number): Promise<readonly ShownIncident[]> {
  const connections = platforms.map((platform) => `connection=${walk.connection(platform)}`).join('&');
  const answer = await walk.call({ method: 'GET', path: `incidents?state=open&limit=100&${connections}` }, at);
  if (answer?.status !== 200) return [];
  return answer.body['items'] as unknown as readonly ShownIncident[];
}

interface Decision {
  readonly model: Model;
  readonly walk: Walk;
  readonly incident: ShownIncident;
  readonly otherwise: WhereNothingRan;
}

async function decide({ model, walk, incident, otherwise }: Decision, at: number): Promise<void> {
  const { id, processId, actions } = incident;
  const start = model.starts.find(({ ids }) => processId !== null && ids.has(processId));
  if (!start) return;
  const runs = await walk.portals[start.platform].runs();
  const nativeId = runs.find(({ unique }) => unique === start.unique)?.nativeId ?? null;
  const action = actionFor(nativeId, actions, otherwise);
  if (action === null) return;
  const seen = await walk.call({ method: 'GET', path: `incidents/${id}` }, at);
  if (seen?.status !== 200) return;
  const body: JsonObject = { action, reason: 'Looked', ...(action === 'adopt' ? { nativeId } : {}) };
  const key = `${action}-${id}-${String(seen.etag)}`;
  const answer = await walk.call({ path: `incidents/${id}/resolve`, key, body, ifMatch: seen.etag ?? '' }, at);
  const mayStand = answer === null || answer.status < 300 || answer.status === 503;
  if (action === 'resend' && mayStand) start.resends += 1;
  // The platform is asked how the run stands, and may be down.
  const code = answer?.body['code'];
  const isPlatforms = typeof code === 'string' && code.startsWith('platform-');
  if (answer && answer.status >= 500 && answer.status !== 503 && !isPlatforms) {
    model.odd.push(`${start.name}: ${action} got ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

function actionFor(
  nativeId: string | null,
  actions: readonly string[],
  otherwise: WhereNothingRan,
): 'adopt' | 'acknowledge' | WhereNothingRan | null {
  if (actions.includes('adopt') && nativeId !== null) return 'adopt';
  if (actions.includes(otherwise) && nativeId === null) return otherwise;
  return actions.includes('acknowledge') ? 'acknowledge' : null;
}
