import type { HttpAnswer } from '../../lib/exchange.js';
import type { PlatformTools } from '../platform-kind.js';
import { Busy, type NativeFault } from '../platform.errors.js';

/**
 * The portal answered 302: it has another address, and nothing ran. Its Location holds the secret of a webhook, so it
 * stands in no message and no field that could be shown.
 *
 * Source: b24restdocs settings/how-to-call-rest-api/change-domen.md
 */
export class PortalMoved extends Busy {
  readonly #location: string;

  constructor(answer: HttpAnswer) {
    const location = String(answer.headers['location'] ?? '');
    const where = URL.canParse(location) ? `to ${new URL(location).host}` : 'elsewhere';
    super(
      'portal_closed',
      `The portal has moved ${where}; register a connection with its new address.`,
      nativeOf(answer),
    );
    this.#location = location;
  }

  /** What keeps the move from being followed, or the new address, e.g. `https://new.example`. @param sentTo  the request's */
  newAddress(sentTo: string): { readonly baseUrl: string } | { readonly fault: string } {
    if (!URL.canParse(this.#location, sentTo)) return { fault: 'it names no address' };
    const [from, to] = [new URL(sentTo), new URL(this.#location, sentTo)];
    if (to.protocol !== 'https:' && to.protocol !== from.protocol) return { fault: 'the new address is not https' };
    if (to.username !== '' || to.password !== '') return { fault: 'the new address holds a user name' };
    if (to.pathname !== from.pathname || to.search !== from.search) return { fault: 'it names another path' };
    if (to.origin === from.origin) return { fault: 'it names its own address' };
    return { baseUrl: to.origin };
  }
}

/** What a 302 becomes once the house has followed it, or not. @param sentTo  the address of the request */
export async function afterMove(moved: PortalMoved, sentTo: string, follow: PlatformTools['moved']): Promise<Busy> {
  if (!follow) return moved;
  const target = moved.newAddress(sentTo);
  if ('fault' in target)
    return unfollowed(moved, `The portal answers with a redirect that is no move: ${target.fault}.`);
  const { host } = new URL(target.baseUrl);
  const followed = await follow(target.baseUrl);
  if (followed === 'followed') {
    return new Busy('moved', `The portal has moved to ${host}; the connection leads there now.`, moved.native, 0);
  }
  if (followed === 'unknown') {
    return new Busy('moved', `The portal has moved to ${host}, which could not be stored yet.`, moved.native);
  }
  return unfollowed(moved, `The portal has moved to ${host}, where it is not followed: ${followed.refused}`);
}

const remedy = 'Look at the portal; where it really is elsewhere, register a connection with that address.';

function unfollowed({ native }: PortalMoved, why: string): Busy {
  return new Busy('portal_closed', `${why} ${remedy}`, native);
}

function nativeOf({ status }: HttpAnswer): NativeFault {
  return { code: null, message: null, httpStatus: status };
}
