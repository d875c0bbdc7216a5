import type { FastifyRequest } from 'fastify';
import { incidentActions } from '../incidents/actions.js';
import { isConnectionKey } from '../connections/connection-key.js';
import { textIn } from '../lib/json.js';
import type { Deed } from '../security/audit.js';
import { uuidForm } from './cursor.js';

/** What a route does, from its path and the body as it came: nothing has been checked yet. */
type DeedOf = (request: FastifyRequest) => Deed;

/** Routes whose lines stand before what they do; the method and path as the router has them. */
const deeds: Readonly<Record<string, DeedOf>> = {
  'POST /v1/clients': () => ({ action: 'client.create', target: 'clients', connection: null }),
  'PATCH /v1/clients/:id': onClient('client.change'),
  'DELETE /v1/clients/:id': onClient('client.remove'),
  'POST /v1/clients/:id/keys': onClient('client-key.create'),
  'DELETE /v1/clients/:id/keys/:keyId': (request) => ({
    action: 'client-key.remove',
    target: `clients/${id(request)}/keys/${id(request, 'keyId')}`,
    connection: null,
  }),
  'POST /v1/connections': (request) => onConnectionOf('connection.register', textIn(request.body, 'key')),
  'PATCH /v1/connections/:key': onConnection('connection.change'),
  'DELETE /v1/connections/:key': onConnection('connection.remove'),
  'PUT /v1/connections/:key/credentials': onConnection('connection.replace-credentials'),
  'POST /v1/connections/:key/authorize': onConnection('connection.ask-consent'),
  'POST /v1/connections/:key/pause': onConnection('connection.pause'),
  'POST /v1/connections/:key/resume': onConnection('connection.resume'),
  'POST /v1/connections/:key/call': (request) => {
    const { target, ...deed } = onConnectionOf('connection.call', parameter(request, 'key'));
    const [method] = /^[\w./]{1,100}$/.exec(textIn(request.body, 'method')) ?? [];
    return { ...deed, target: method === undefined ? target : `${target}/call/${method}` };
  },
  'PUT /v1/connections/:key/correlation-kit': onConnection('connection.install-kit'),
  'DELETE /v1/connections/:key/correlation-kit': onConnection('connection.remove-kit'),
  'POST /v1/connections/:key/correlation-kit/report-token': onConnection('connection.issue-report-token'),
  'PATCH /v1/connections/:key/definitions/:definition': (request) => {
    const { connection, target } = onConnectionOf('', parameter(request, 'key'));
    const definition = parameter(request, 'definition')
      .replace(/[^\w.-]/g, '?')
      .slice(0, 255);
    return { action: 'definition.change', target: `${target}/definitions/${definition}`, connection };
  },
  'POST /v1/processes/adopt': (request) => onConnectionOf('process.adopt', textIn(request.body, 'connection')),
  'POST /v1/processes/:id/terminate': onProcess('process.terminate'),
  'POST /v1/processes/:id/kill': onProcess('process.kill'),
  'POST /v1/processes/:id/close': onProcess('process.close'),
  'POST /v1/incidents/:id/resolve': (request) => {
    const action = textIn(request.body, 'action');
    const word = incidentActions.find((one) => one === action) ?? 'resolve';
    return {
      action: `incident.${word}`,
      target: `incidents/${id(request)}`,
      connection: null,
      ...about('incident', request),
    };
  },
  'POST /v1/webhooks': () => ({ action: 'webhook.create', target: 'webhooks', connection: null }),
  'PATCH /v1/webhooks/:id': onWebhook('webhook.change'),
  'DELETE /v1/webhooks/:id': onWebhook('webhook.remove'),
  'POST /v1/webhooks/:id/test': onWebhook('webhook.test'),
  'POST /v1/webhooks/:id/rotate-secret': onWebhook('webhook.rotate-secret'),
  'POST /v1/webhooks/:id/enable': onWebhook('webhook.enable'),
  'POST /v1/webhooks/:id/replay': onWebhook('webhook.replay'),
  'POST /v1/deliveries/:id/redeliver': (request) => ({
    action: 'delivery.redeliver',
    target: `deliveries/${id(request)}`,
    connection: null,
  }),
  'POST /v1/tasks/:id/complete': onTask('task.complete'),
  'POST /v1/tasks/:id/delegate': onTask('task.delegate'),
};

/** What a request is about to do; `null`: nothing that the audit keeps. */
export function deedOf(request: FastifyRequest): Deed | null {
  return deeds[`${request.method} ${request.routeOptions.url ?? ''}`]?.(request) ?? null;
}

/** The routes that have lines, e.g. `PATCH /v1/clients/:id`. */
export const auditedRoutes: readonly string[] = Object.keys(deeds);

function onClient(action: string): DeedOf {
  return (request) => ({ action, target: `clients/${id(request)}`, connection: null });
}

function onWebhook(action: string): DeedOf {
  return (request) => ({ action, target: `webhooks/${id(request)}`, connection: null });
}

function onConnection(action: string): DeedOf {
  return (request) => onConnectionOf(action, parameter(request, 'key'));
}

function onConnectionOf(action: string, key: string): Deed {
  return isConnectionKey(key)
    ? { action, target: `connections/${key}`, connection: key }
    : { action, target: 'connections', connection: null };
}

function onProcess(action: string): DeedOf {
  return (request) => ({
    action,
    target: `processes/${id(request)}`,
    connection: null,
    ...about('process', request),
  });
}

function onTask(action: string): DeedOf {
  return (request) => {
    const [key = '', nativeId = ''] = parameter(request, 'id').split(/:(.*)/su);
    if (!isConnectionKey(key)) return { action, target: 'tasks', connection: null };
    return { action, target: `tasks/${key}:${nativeId.replace(/[^\w.-]/g, '?').slice(0, 100)}`, connection: key };
  };
}

function about(kind: 'process' | 'incident', request: FastifyRequest): Pick<Deed, 'about'> {
  const given = parameter(request, 'id');
  return uuidForm.test(given) ? { about: { kind, id: given } } : {};
}

/** What is no id is not written down: it may be anything. */
function id(request: FastifyRequest, name = 'id'): string {
  const given = parameter(request, name);
  return uuidForm.test(given) ? given.toLowerCase() : '?';
}

function parameter(request: FastifyRequest, name: string): string {
  return textIn(request.params, name);
}
