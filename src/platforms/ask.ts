import { AnswerLost, NotSent, type Exchange, type HttpAnswer, type HttpRequest } from '../lib/exchange.js';
import type { Call } from './platform.js';
import { InDoubt, Unreached } from './platform.errors.js';

/**
 * One exchange in the words of the port.
 *
 * @throws Unreached  nothing was sent
 * @throws InDoubt    sent, and no complete answer came back
 */
export async function ask(exchange: Exchange, request: HttpRequest, call: Call): Promise<HttpAnswer> {
  try {
    return await exchange(request, call);
  } catch (error) {
    if (error instanceof NotSent) throw new Unreached(error.message, null, { cause: error });
    if (error instanceof AnswerLost) throw new InDoubt(error.message, null, { cause: error });
    throw error;
  }
}
