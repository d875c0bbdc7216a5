import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { PlatformError } from '../../../src/platforms/platform.errors.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { answer, oauthAuth, webhookAuth } from './answering.js';
import { command, orderOf, read } from './open-sandbox.js';

/** What a portal says where it fails; `text` absent: no description. */
export interface Said {
  readonly error: unknown;
  readonly text?: string | undefined;
  readonly status: number;
}

/** How one operation ended: in the one word that the engine reads, and what people are shown. */
export interface Ended {
  readonly word: string;
  readonly message: string;
  readonly shown: string;
  readonly native: PlatformError['native'];
}

const run = { nativeId: '66e81a641752f8.56521481', definition: '1' };
const document = { nativeId: 'b6f5f1f1', definition: 'sign.b2e.document' };
const part = { name: 'activity', installed: false, native: null };
const completion = { nativeTaskId: '1', status: 'yes', comment: null, fields: {} } as const;
const delegation = { nativeTaskId: '1', fromUserId: '1', toUserId: '2' };

/** What an operation is for a refusal; see `Words` in the table. */
export type Kind = 'start' | 'send' | 'stop' | 'read' | 'task' | 'element' | 'log' | 'register' | 'providers' | 'token';

interface Operation {
  readonly kind: Kind;
  /** Absent: with a webhook too. */
  readonly application?: true;
  /** It goes as commands of a batch, whose failures carry no status. */
  readonly inBatch?: true;
  ask(portal: Platform): Promise<unknown> | undefined;
}

/** Everything that the adapter asks of a portal. */
export const operations: Readonly<Record<string, Operation>> = {
  start: { kind: 'start', ask: (portal) => portal.start(orderOf('1'), command()) },
  'a start in a batch': {
    kind: 'start',
    inBatch: true,
    ask: async (portal) => {
      const [outcome] = (await portal.startsTogether?.start([orderOf('1')], command())) ?? [];
      if (outcome && 'error' in outcome) throw outcome.error;
    },
  },
  send: {
    kind: 'send',
    application: true,
    ask: (portal) => portal.start(orderOf('sign.b2e.document', { subject: null }), command()),
  },
  terminate: { kind: 'stop', ask: (portal) => portal.terminate?.(run, null, command()) },
  kill: { kind: 'stop', ask: (portal) => portal.kill?.(run, command()) },
  'a template': { kind: 'read', ask: (portal) => portal.definition('1', read()) },
  'templates in a batch': { kind: 'read', inBatch: true, ask: (portal) => portal.definitions(read()) },
  'a run in a batch': { kind: 'read', inBatch: true, ask: (portal) => portal.observe([run], read()) },
  'a document in a batch': { kind: 'read', inBatch: true, ask: (portal) => portal.observe([document], read()) },
  'a task in a batch': { kind: 'read', inBatch: true, ask: (portal) => portal.readTasks?.(['1'], read()) },
  'complete a task': { kind: 'task', ask: (portal) => portal.completeTask?.(completion, command()) },
  'delegate a task': { kind: 'task', ask: (portal) => portal.delegateTask?.(delegation, command()) },
  'event.send': { kind: 'element', ask: (portal) => portal.completeElement?.('e', null, command()) },
  'activity.log': { kind: 'log', ask: (portal) => portal.logElement?.('e', 'half', command()) },
  'register an activity': {
    kind: 'register',
    application: true,
    ask: (portal) => portal.kit?.install(part, 'https://gateway.example/', command()),
  },
  'signing providers': {
    kind: 'providers',
    application: true,
    ask: (portal) => portal.signingProviders?.({ company: { crmId: 12 }, offset: 0, limit: 100 }, read()),
  },
  'refresh the token': { kind: 'token', application: true, ask: (portal) => portal.signIn?.(command()) },
};

/** How an operation ends at a portal that fails so, in a batch each of its commands. */
export async function endOf(operation: Operation, said: Said, auth: 'webhook' | 'oauth'): Promise<Ended> {
  const meets = (request: HttpRequest): HttpAnswer => (operation.inBatch ? commandsFail(request, said) : failure(said));
  try {
    await operation.ask(portalThat(meets, auth));
    return { word: 'accepted', message: '', shown: '', native: null };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const word = 'because' in error ? `${error.name} ${String(error.because)}` : error.name;
    return { word, message: error.message, shown: JSON.stringify(error) + String(error), native: error.native };
  }
}

/** How an operation ends whose batch is refused as a whole. */
export const endOfWhole = (operation: Operation, said: Said, auth: 'webhook' | 'oauth'): Promise<Ended> =>
  endOf({ kind: operation.kind, ask: (portal) => operation.ask(portal) }, said, auth);

const bodyOf = ({ error, text }: Said): object => ({
  error,
  ...(text === undefined ? {} : { error_description: text }),
});

const failure = (said: Said): HttpAnswer => answer(said.status, bodyOf(said));

function commandsFail({ body }: HttpRequest, said: Said): HttpAnswer {
  const asked: unknown = JSON.parse(body ?? '{}');
  const commands = typeof asked === 'object' && asked !== null && 'cmd' in asked ? Object(asked.cmd) : {};
  const errors = Object.fromEntries(Object.keys(commands).map((key) => [key, bodyOf(said)]));
  return answer(200, { result: { result: [], result_error: errors } });
}

function portalThat(meets: (request: HttpRequest) => HttpAnswer, auth: 'webhook' | 'oauth'): Platform {
  const settings = { key: 'p', baseUrl: 'https://p.example', settings: { runIds: 'match' } };
  return bitrix24.open(
    { ...settings, auth: auth === 'webhook' ? webhookAuth : oauthAuth },
    {
      exchange: async (request) => meets(request),
      renewAuth: async (renew) => void (await renew(() => true)),
      spent: () => undefined,
      told: {
        element: async () => ({ secret: 'canary-of-the-element', state: 'waiting' }),
        unknownRuns: async () => [],
      },
    },
  );
}
