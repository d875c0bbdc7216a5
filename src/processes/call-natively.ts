import type { Portal, Portals } from '../connections/portals.js';
import type { Log } from '../lib/log.js';
import { codeOfRefusal, liveReadErrorOf } from '../platforms/live-read.errors.js';
import type { NativeRequest } from '../platforms/native-request.js';
import { InDoubt, PlatformError, Refused } from '../platforms/platform.errors.js';
import type { IdempotencyKey } from './idempotency.js';
import { Invalid, KeyReused, NotFound, Unsupported } from './process.errors.js';
import { KeyInProgress } from './process.store.js';
import { ConnectionPaused, NativeCallFailed } from './call.errors.js';
import type { CallOutcome, KeptCall, NativeCallKeys } from './native-call-keys.store.js';

/** What an answer may hold; it is kept under its key. */
const mostAnswerBytes = 1024 * 1024;

export interface NativeCallCommand {
  readonly connection: string;
  readonly request: NativeRequest;
  /** The client's name. */
  readonly by: string;
  readonly key: IdempotencyKey;
  readonly traceId: string;
}

/** Sends raw calls to portals. */
export interface NativeCallSender {
  /** One call, at once; the answer is a JSON text. @throws PlatformError */
  send(portal: Portal, request: NativeRequest): Promise<string>;
}
export const NativeCallSender = Symbol('NativeCallSender');

/** The platform's answer, a JSON text, and whether it is that of an earlier request with this key. */
export interface CallAnswer {
  readonly body: string;
  readonly replayed: boolean;
}

/**
 * Sends raw calls: each at once, and at most once under its key.
 *
 * The key is bound before the first byte and is free again only where nothing was carried out. Whatever else happens, to
 * this process too, nobody sends the call again: without a stored outcome its outcome is unknown.
 */
export class CallNatively {
  constructor(
    private readonly keys: NativeCallKeys,
    private readonly portals: Portals,
    private readonly sender: NativeCallSender,
    private readonly log: Log,
  ) {}

  /**
   * @throws NotFound, Unsupported, Invalid, ConnectionPaused, KeyReused, KeyInProgress, LiveReadError  nothing was carried out, and the key
   *   is free
   * @throws NativeCallFailed  refused, or unknown; the same under this key from now on
   */
  async call(command: NativeCallCommand): Promise<CallAnswer> {
    const { key, request } = command;
    const portal = await this.portals.of(command.connection);
    const limitSeconds = portal?.connection.limits.startTimeoutSeconds ?? 0;
    const before = await this.keys.find(key);
    if (before) return replayed(before, key, limitSeconds);
    if (!portal) throw new NotFound(`connection "${command.connection}"`);
    const { natively } = portal.platform;
    if (!natively) throw new Unsupported(`${portal.kind.name} takes no raw calls.`);
    const faults = natively.faultsOf(request);
    if (faults.length > 0) throw new Invalid(faults);
    if (portal.connection.state === 'paused') throw new ConnectionPaused(command.connection);
    const rival = await this.keys.bind(key);
    if (rival) return replayed(rival, key, limitSeconds);
    const outcome = await this.#outcomeOf(portal, command);
    await this.keys.settle(key, outcome);
    return { body: bodyOf(outcome), replayed: false };
  }

  async #outcomeOf(portal: Portal, { connection, request, by, key, traceId }: NativeCallCommand): Promise<CallOutcome> {
    const line = { connection, method: request.method, by, traceId };
    try {
      const body = await this.sender.send(portal, request);
      const outcome = answered(body);
      this.log.info('connection.called', { ...line, outcome: outcome.is });
      return outcome;
    } catch (error) {
      // Our own mistakes count as doubt, too: the key stays bound.
      if (!(error instanceof PlatformError)) throw error;
      this.log.warn('connection.call-failed', { ...line, error: error.name, said: error.native });
      // A read that came to nothing is asked again, not looked for.
      const isRead = error instanceof InDoubt && portal.platform.natively?.reads(request) === true;
      const failed = isRead ? null : failureOf(error);
      if (failed) return failed;
      await this.keys.free(key);
      throw liveReadErrorOf(error);
    }
  }
}

function answered(body: string): CallOutcome {
  const bytes = Buffer.byteLength(body);
  if (bytes <= mostAnswerBytes) return { is: 'answered', body };
  const message = `The call was carried out, and its answer of ${bytes} bytes is larger than the ${mostAnswerBytes} that are shown.`;
  return { is: 'failed', code: 'platform-bad-response', message, platform: null };
}

/** What an error means for ever; `null`: nothing was carried out, and the same call may go again. */
function failureOf(error: PlatformError): CallOutcome | null {
  const { message, native: platform } = error;
  if (error instanceof Refused) return { is: 'failed', code: codeOfRefusal[error.because], message, platform };
  return error instanceof InDoubt ? unknown(message, platform) : null;
}

function unknown(message: string, platform: NativeCallFailed['platform']): Extract<CallOutcome, { is: 'failed' }> {
  return {
    is: 'failed',
    code: 'platform-outcome-unknown',
    message: `The call went out and may have been carried out: ${message} Look at the platform before you use another key.`,
    platform,
  };
}

function replayed(
  { fingerprint, outcome, ageSeconds }: KeptCall,
  key: IdempotencyKey,
  limitSeconds: number,
): CallAnswer {
  if (!fingerprint.equals(key.fingerprint)) throw new KeyReused(key.key);
  if (outcome) return { body: bodyOf(outcome), replayed: true };
  if (ageSeconds < 2 * limitSeconds) throw new KeyInProgress(key.key, {});
  throw new NativeCallFailed(unknown('no answer to it was ever stored.', null));
}

function bodyOf(outcome: CallOutcome): string {
  if (outcome.is === 'answered') return outcome.body;
  throw new NativeCallFailed(outcome);
}
