import { setTimeout as passed } from 'node:timers/promises';
import { isLoopbackHost } from '../../../lib/loopback.js';
import type { Json, JsonObject } from '../../../lib/json.js';
import { postForm } from '../../../lib/simulator.js';
import type { Order } from './callback-orders.js';
import type { KeptWait } from './callback-state.js';
import type { KeptRun, PortalState } from './state.js';
import { application } from './token-server.js';

/** Constant per portal and application; it comes with the credentials of the sandbox's connections. */
export const applicationToken = '51856fefc120afa4b628cc82d3935cce';

const userAgent = 'Bitrix24 Webhook Engine';

/** Tells the handler of an activity that a run has reached it, soon and once. */
export function tellElement(
  state: PortalState,
  wait: KeptWait,
  { handler, properties = {} }: { readonly handler: string; readonly properties?: JsonObject },
): void {
  const run = state.run(wait.runId);
  const now = state.clock.now().getTime();
  const seconds = wait.endsAtMs === null ? 0 : Math.max(0, Math.round((wait.endsAtMs - now) / 1000));
  tell(state, handler, {
    workflow_id: wait.runId,
    code: wait.code,
    document_id: run?.document ?? [],
    document_type: documentTypeOf(run),
    event_token: wait.token,
    properties,
    use_subscription: wait.waits ? 'Y' : 'N',
    timeout_duration: String(seconds),
    ts: String(Math.floor(now / 1000)),
    auth: authOf(state),
  });
}

/** Tells every handler that is bound to the event, or the one that is named. */
export function tellEvent(state: PortalState, event: string, data: JsonObject, handler?: string): void {
  const bound = [...state.callbacks.bindings].filter((binding) => binding.event === event);
  const handlers = handler === undefined ? bound : [{ id: '1', handler }];
  const ts = String(Math.floor(state.clock.now().getTime() / 1000));
  for (const { id, handler: to } of handlers) {
    tell(state, to, { event, event_handler_id: id, data, ts, auth: authOf(state) });
  }
}

// Tokens come along with both kinds: whoever takes them must not keep them.
function authOf({ tokens, clock }: PortalState): JsonObject {
  return {
    access_token: tokens.access.at(-1)?.token ?? '',
    expires: String(Math.floor(clock.now().getTime() / 1000) + 3600),
    expires_in: '3600',
    scope: 'crm,bizproc,sign.b2e',
    domain: 'elsewhere.invalid',
    server_endpoint: 'https://oauth.elsewhere.invalid/rest/',
    status: 'L',
    client_endpoint: 'https://elsewhere.invalid/rest/',
    member_id: application.memberId,
    user_id: '1',
    refresh_token: tokens.refresh,
    application_token: applicationToken,
  };
}

function tell(state: PortalState, handler: string, content: JsonObject): void {
  const { orders } = state.callbacks;
  const order = orders.next();
  const times = order.do === 'drop' ? 0 : order.do === 'duplicate' ? 2 : 1;
  const body = formOf(content);
  orders.told({ handler, body, do: order.do });
  for (let at = 0; at < times; at += 1) void post(state, handler, body, order);
}

/** One attempt; what comes of it is on record, and nothing else. */
async function post(state: PortalState, handler: string, body: string, order: Order): Promise<void> {
  if (order.ms !== undefined) await passed(order.ms, undefined, { ref: false });
  // The engine posts after its step, from another machine.
  else await passed(5, undefined, { ref: false });
  const at = new Date().toISOString();
  const isOurs = URL.canParse(handler) && isLoopbackHost(new URL(handler).hostname);
  const status = isOurs ? await postForm(handler, body, userAgent) : null;
  state.callbacks.orders.posted({ at, handler, status });
}

function documentTypeOf(run: KeptRun | null): readonly string[] {
  const [module = '', entity = '', id = ''] = run?.document ?? [];
  return [module, entity, id.replace(/_?\d+$/, '')];
}

/** As PHP's http_build_query writes it. */
function formOf(content: JsonObject): string {
  return Object.entries(content)
    .flatMap(([name, value]) => pairsOf(encodeURIComponent(name), value))
    .join('&');
}

function pairsOf(name: string, value: Json): string[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [`${name}=${encodeURIComponent(String(value))}`];
  const items: readonly (readonly [string, Json])[] = Object.entries(value);
  return items.flatMap(([key, item]) => pairsOf(`${name}%5B${encodeURIComponent(key)}%5D`, item));
}
