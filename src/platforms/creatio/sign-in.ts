import type { Exchange, HttpAnswer } from '../../lib/exchange.js';
import { ask } from '../ask.js';
import type { Call } from '../platform.js';
import { Busy, InDoubt, Unreached, type NativeFault } from '../platform.errors.js';

/**
 * Lets one sign-in run at a time and none after a refusal.
 *
 * Instances lock a user after a few wrong passwords, so that callers who each tried once would lock out the people who
 * work with that user. New credentials come with a new object.
 */
export class SingleSignIn {
  #running: Promise<void> | null = null;
  #refusal: Busy | null = null;

  /** @param attempt  signs in; its Busy('credentials') is remembered */
  async run(attempt: () => Promise<void>): Promise<void> {
    if (this.#refusal) throw new Busy('credentials', this.#refusal.message, this.#refusal.native);
    this.#running ??= this.#once(attempt).finally(() => (this.#running = null));
    return this.#running;
  }

  async #once(attempt: () => Promise<void>): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      if (error instanceof Busy && error.because === 'credentials') this.#refusal = error;
      throw error;
    }
  }
}

/**
 * The credentials are refused: a person must renew them.
 *
 * @param remedy  what that person should do, in a sentence
 */
export function credentialsRefused(native: NativeFault | null, remedy: string): Busy {
  return new Busy('credentials', `The instance refused to sign the technical user in. ${remedy}`, native);
}

/** Signing in got no verdict. The command that waited for it has not been sent, so it counts as not sent. */
export function signInWithoutVerdict(native: NativeFault | null, cause?: unknown): Unreached {
  return new Unreached('Signing in got no verdict; the command was not sent', native, { cause });
}

/** A request whose loss means no more than that nobody is signed in. @throws Unreached */
export async function askToSignIn(
  exchange: Exchange,
  { url, headers, body }: { url: string; headers: Readonly<Record<string, string>>; body: string },
  call: Call,
): Promise<HttpAnswer> {
  try {
    return await ask(exchange, { method: 'POST', url, headers, body }, call);
  } catch (error) {
    if (error instanceof InDoubt) throw signInWithoutVerdict(null, error);
    throw error;
  }
}
