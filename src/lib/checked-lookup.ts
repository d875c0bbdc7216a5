import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import type { Resolve } from './egress-address.js';
import { NotSent } from './exchange.js';

/**
 * The look-up of one dial: the socket connects to one of the very addresses that were checked here, and to none where any
 * one of them is forbidden.
 *
 * @param mayReach  asked for every address of the name
 */
export function checkedLookup(resolve: Resolve, mayReach: (address: string) => boolean): LookupFunction {
  const found = callbackify(async (host: string) => checked(host, await resolve(host), mayReach));
  return (host, options, done) => {
    found(host, (error, addresses) => {
      if (error) done(error, '', 0);
      else if (options.all) done(null, [...addresses]);
      else done(null, addresses[0].address, addresses[0].family);
    });
  };
}

type Found = readonly [LookupAddress, ...LookupAddress[]];

function checked(host: string, addresses: readonly string[], mayReach: (address: string) => boolean): Found {
  const [first, ...more] = addresses.map((address) => ({ address, family: isIP(address) }));
  if (!first) throw Object.assign(new Error(`No address of ${host}`), { code: 'ENOTFOUND' });
  if (!addresses.every(mayReach)) throw denied();
  return [first, ...more];
}

/** No packet goes to this address. */
export function denied(): NotSent {
  return new NotSent('denied', 'The egress guard does not allow this address');
}
