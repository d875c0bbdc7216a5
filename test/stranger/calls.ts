/** The names of things as a caller writes them: somebody's real ones, or those of nothing. */
export interface Things {
  readonly connection: string;
  /** A connection with an application. */
  readonly application: string;
  readonly definition: string;
  readonly process: string;
  readonly nativeId: string;
  readonly waitingProcess: string;
  readonly element: string;
  readonly task: string;
  readonly operation: string;
  readonly incident: string;
  /** The ETag of the incident. */
  readonly version: string;
  readonly idempotencyKey: string;
  readonly client: string;
  readonly clientKey: string;
  readonly webhook: string;
  readonly delivery: string;
}

/**
 * What a stranger gets who uses the victim's names:
 *
 * - `hidden`: 404, the same as for a thing that never was
 * - `alike`: refused, the same as for a thing that never was
 * - `same`: whatever it is, the same as for a thing that never was
 * - `nothing`: 200 with nothing of the victim's in it
 * - `admin`: 403, since this is for administrators
 * - `theirs`: it is as much theirs as the victim's, so it is not called
 */
export type Gets = 'hidden' | 'alike' | 'same' | 'nothing' | 'admin' | 'theirs';

/** Strangers by what keeps them out: other connections, `sees: own`, other definitions. */
export type Kept = 'connections' | 'own' | 'definitions';

export interface RouteCall {
  /** The path below the host, e.g. `/v1/processes/0199…`. */
  readonly path: (things: Things) => string;
  readonly body?: (things: Things) => unknown;
  readonly headers?: (things: Things) => Readonly<Record<string, string>>;
  readonly gets: Readonly<Record<Kept, Gets>>;
  /** The body is a form. */
  readonly isForm?: true;
}

const all = (gets: Gets): RouteCall['gets'] => ({ connections: gets, own: gets, definitions: gets });
const hidden = all('hidden');
const nothing = all('nothing');
const admin = all('admin');
const alike = all('alike');
/** Of a connection: whoever may use it sees it, whichever processes and definitions are theirs. */
const ofConnection: RouteCall['gets'] = { connections: 'hidden', own: 'theirs', definitions: 'theirs' };

const at =
  (route: string) =>
  (things: Things): string =>
    route.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(Object.entries(things).find(([key]) => key === name)?.[1] ?? ''),
    );

const read = (route: string, gets: RouteCall['gets']): RouteCall => ({ path: at(route), gets });
const send = (route: string, gets: RouteCall['gets'], body: RouteCall['body'] = () => ({})): RouteCall => ({
  path: at(route),
  body,
  gets,
});

const matching = { 'if-match': '"1"' };

/** How to call every route of the document; one that is not here makes the walk fail. */
export const calls: Readonly<Record<string, RouteCall>> = {
  'GET /v1/processes': read('/v1/processes?include=variables,result', nothing),
  'POST /v1/processes': send(
    '/v1/processes',
    { connections: 'hidden', own: 'theirs', definitions: 'hidden' },
    ({ connection, definition }) => ({ connection, definition, subject: { type: 'crm.lead', id: '1' } }),
  ),
  'POST /v1/processes/adopt': send('/v1/processes/adopt', hidden, ({ connection, nativeId }) => ({
    connection,
    nativeId,
  })),
  'POST /v1/processes/bulk': send(
    '/v1/processes/bulk',
    { connections: 'same', own: 'theirs', definitions: 'same' },
    ({ connection, definition }) => [
      { connection, definition, subject: { type: 'crm.lead', id: '1' }, idempotencyKey: 'walk-in-bulk' },
    ],
  ),
  'GET /v1/processes/{id}': read('/v1/processes/{process}?refresh=true', hidden),
  'GET /v1/processes/{id}/history': read('/v1/processes/{process}/history', hidden),
  'POST /v1/processes/{id}/terminate': send('/v1/processes/{process}/terminate', hidden),
  'POST /v1/processes/{id}/kill': send('/v1/processes/{process}/kill', hidden, ({ process }) => ({ confirm: process })),
  'POST /v1/processes/{id}/retry': send('/v1/processes/{process}/retry', hidden),
  'POST /v1/processes/{id}/close': send('/v1/processes/{process}/close', hidden, () => ({ as: 'ended', reason: 'x' })),
  'GET /v1/processes/{id}/elements': read('/v1/processes/{waitingProcess}/elements', hidden),
  'POST /v1/processes/{id}/elements/{elementId}/complete': send(
    '/v1/processes/{waitingProcess}/elements/{element}/complete',
    hidden,
  ),
  'POST /v1/processes/{id}/elements/{elementId}/log': send(
    '/v1/processes/{waitingProcess}/elements/{element}/log',
    hidden,
    () => ({ message: 'x' }),
  ),
  'GET /v1/tasks': read('/v1/tasks', nothing),
  'GET /v1/tasks/{id}': read('/v1/tasks/{task}', hidden),
  'POST /v1/tasks/{id}/complete': send('/v1/tasks/{task}/complete', hidden, () => ({ status: 'yes' })),
  'POST /v1/tasks/{id}/delegate': send('/v1/tasks/{task}/delegate', hidden, () => ({ fromUserId: 1, toUserId: 3 })),
  'GET /v1/operations/{id}': read('/v1/operations/{operation}', hidden),
  'GET /v1/idempotency-keys': read('/v1/idempotency-keys?key={idempotencyKey}', hidden),
  'GET /v1/idempotency-keys/{key}': read('/v1/idempotency-keys/{idempotencyKey}', hidden),
  'GET /v1/incidents': read('/v1/incidents', nothing),
  'GET /v1/incidents/{id}': read('/v1/incidents/{incident}', hidden),
  'POST /v1/incidents/{id}/resolve': {
    ...send('/v1/incidents/{incident}/resolve', hidden, () => ({ action: 'acknowledge', reason: 'x' })),
    headers: ({ version }) => ({ 'if-match': version }),
  },
  'GET /v1/stats': read('/v1/stats', nothing),
  'GET /v1/events': read('/v1/events?limit=200', nothing),
  'GET /v1/webhooks': read('/v1/webhooks', nothing),
  'POST /v1/webhooks': send('/v1/webhooks', all('theirs'), () => ({
    url: 'https://receiver.example.com',
    types: ['webhook.disabled'],
  })),
  'GET /v1/webhooks/{id}': read('/v1/webhooks/{webhook}', hidden),
  'PATCH /v1/webhooks/{id}': {
    ...send('/v1/webhooks/{webhook}', hidden, () => ({ description: 'x' })),
    headers: () => matching,
  },
  'DELETE /v1/webhooks/{id}': { ...read('/v1/webhooks/{webhook}', hidden), headers: () => matching },
  'POST /v1/webhooks/{id}/test': send('/v1/webhooks/{webhook}/test', hidden),
  'POST /v1/webhooks/{id}/rotate-secret': send('/v1/webhooks/{webhook}/rotate-secret', hidden),
  'POST /v1/webhooks/{id}/enable': send('/v1/webhooks/{webhook}/enable', hidden),
  'POST /v1/webhooks/{id}/replay': send('/v1/webhooks/{webhook}/replay', hidden, () => ({
    from: '2026-01-01T00:00:00Z',
  })),
  'GET /v1/webhooks/{id}/deliveries': read('/v1/webhooks/{webhook}/deliveries', hidden),
  'POST /v1/deliveries/{id}/redeliver': send('/v1/deliveries/{delivery}/redeliver', hidden),

  'GET /v1/connections': read('/v1/connections', { connections: 'nothing', own: 'theirs', definitions: 'theirs' }),
  'POST /v1/connections': send(
    '/v1/connections',
    { connections: 'alike', own: 'theirs', definitions: 'theirs' },
    ({ connection }) => ({
      key: connection,
      platform: 'bitrix24',
      name: 'x',
      baseUrl: 'https://portal.example.com',
      auth: { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' },
    }),
  ),
  'GET /v1/connections/{key}': read('/v1/connections/{connection}', ofConnection),
  'PATCH /v1/connections/{key}': {
    ...send('/v1/connections/{connection}', ofConnection, () => ({ name: 'x' })),
    headers: () => matching,
  },
  'DELETE /v1/connections/{key}': { ...read('/v1/connections/{connection}', ofConnection), headers: () => matching },
  'PUT /v1/connections/{key}/credentials': send('/v1/connections/{connection}/credentials', ofConnection, () => ({
    type: 'webhook',
    userId: 1,
    secret: 'sandboxwebhook01',
  })),
  'POST /v1/connections/{key}/authorize': send('/v1/connections/{application}/authorize', ofConnection),
  'POST /v1/connections/{key}/test': send('/v1/connections/{connection}/test', ofConnection),
  'POST /v1/connections/{key}/pause': send('/v1/connections/{connection}/pause', ofConnection),
  'POST /v1/connections/{key}/resume': send('/v1/connections/{connection}/resume', ofConnection),
  'GET /v1/connections/{key}/capabilities': read('/v1/connections/{connection}/capabilities', ofConnection),
  'GET /v1/connections/{key}/health': read('/v1/connections/{connection}/health', ofConnection),
  'GET /v1/connections/{key}/limits': read('/v1/connections/{connection}/limits', ofConnection),
  'GET /v1/connections/{key}/correlation-kit': read('/v1/connections/{application}/correlation-kit', ofConnection),
  'PUT /v1/connections/{key}/correlation-kit': send('/v1/connections/{application}/correlation-kit', ofConnection),
  'DELETE /v1/connections/{key}/correlation-kit': read('/v1/connections/{application}/correlation-kit', ofConnection),
  'POST /v1/connections/{key}/correlation-kit/report-token': send(
    '/v1/connections/{connection}/correlation-kit/report-token',
    ofConnection,
  ),
  'POST /v1/connections/{key}/call': send('/v1/connections/{connection}/call', admin, () => ({
    method: 'profile',
    params: {},
  })),
  'GET /v1/connections/{key}/definitions': read('/v1/connections/{connection}/definitions', {
    connections: 'hidden',
    own: 'theirs',
    definitions: 'nothing',
  }),
  'GET /v1/connections/{key}/definitions/{definition}': read('/v1/connections/{connection}/definitions/{definition}', {
    connections: 'hidden',
    own: 'theirs',
    definitions: 'hidden',
  }),
  'PATCH /v1/connections/{key}/definitions/{definition}': send(
    '/v1/connections/{connection}/definitions/{definition}',
    { connections: 'hidden', own: 'theirs', definitions: 'hidden' },
    () => ({ sensitive: [] }),
  ),
  'GET /v1/connections/{key}/native-runs': read('/v1/connections/{connection}/native-runs', {
    connections: 'hidden',
    own: 'nothing',
    definitions: 'nothing',
  }),
  'GET /v1/connections/{key}/signing-providers': read(
    '/v1/connections/{application}/signing-providers?companyCrmId=12',
    ofConnection,
  ),

  'GET /v1/platforms': read('/v1/platforms', nothing),
  'GET /v1/platforms/{platform}': read('/v1/platforms/creatio', nothing),
  'GET /v1/audit': read('/v1/audit', nothing),
  'GET /v1/clients': read('/v1/clients', admin),
  'POST /v1/clients': send('/v1/clients', admin, () => ({ name: 'x', scopes: ['admin'] })),
  'GET /v1/clients/{id}': read('/v1/clients/{client}', admin),
  'PATCH /v1/clients/{id}': send('/v1/clients/{client}', admin, () => ({ scopes: ['admin'] })),
  'DELETE /v1/clients/{id}': read('/v1/clients/{client}', admin),
  'POST /v1/clients/{id}/keys': send('/v1/clients/{client}/keys', admin),
  'DELETE /v1/clients/{id}/keys/{keyId}': read('/v1/clients/{client}/keys/{clientKey}', admin),

  // What proves itself otherwise: a stranger's key is no proof, and whether the connection exists is not told.
  'POST /v1/inbound/bitrix24/{connection}': {
    ...send('/v1/inbound/bitrix24/{application}', alike, () => 'auth[application_token]=x&auth[member_id]=y&event=z'),
    isForm: true,
  },
  'POST /v1/inbound/report/{connection}': {
    ...send('/v1/inbound/report/{connection}', alike, ({ process }) => ({ processId: process, outcome: 'completed' })),
    headers: () => ({ 'x-report-token': 'canary-token-of-somebody-else' }),
  },
  'GET /v1/oauth/callback': read('/v1/oauth/callback?state=made-up&code=x', alike),
  'GET /healthz/live': read('/healthz/live', nothing),
  'GET /healthz/ready': read('/healthz/ready', nothing),
};
