import { Busy, PlatformError, type BusyBecause } from '../platforms/platform.errors.js';
import type { Call, Platform } from '../platforms/platform.js';
import type { Portal, Portals } from './portals.js';

/** What one more try may pass. */
const mended: readonly BusyBecause[] = ['sign_in', 'moved'];

/** Sign-ins that are under way; whoever needs the same one waits for it instead of starting a second. */
const signingIn = new WeakMap<Platform, Promise<void>>();

/**
 * What a read of a portal gives, signing in first where that is needed, and once more where the session turns out void or
 * the portal has moved.
 *
 * A connection whose credentials were refused is not asked again: every further try may lock the technical user out.
 * Its state is recorded when that is found out here.
 *
 * @throws PlatformError  of the sign-in or of the read
 */
export async function askSignedIn<T>(
  portals: Portals,
  portal: Portal,
  read: (platform: Platform, call: Call) => Promise<T>,
  call: Call,
): Promise<T> {
  return recordingRefusal(portals, portal, async () => {
    try {
      await signInWhereNeeded(portal, call);
      return await read(portal.platform, call);
    } catch (error) {
      if (!(error instanceof Busy) || !mended.includes(error.because)) throw error;
      if (error.because === 'sign_in') portal.platform.signedOut?.();
      // Another replica may have stored other credentials since, and then another adapter stands on them; one that leads
      // to the portal's new address has taken the place of one that was told of it.
      const current = (await portals.of(portal.connection.key)) ?? portal;
      await signInWhereNeeded(current, call);
      return read(current.platform, call);
    }
  });
}

/**
 * Signs in unless a session stands; at most one sign-in of an adapter is under way at a time.
 *
 * @throws Busy('credentials')  they are refused, now or before
 * @throws Busy('sign_in')      others have stored credentials meanwhile
 * @throws PlatformError        the sign-in had no verdict
 */
export async function signInWhereNeeded({ connection, platform }: Portal, call: Call): Promise<void> {
  if (connection.state === 'reauthorization_required') {
    // The reason that is on record already, or it would be replaced by one that says less.
    const reason = connection.stateReason ?? `The credentials of "${connection.key}" have to be renewed first`;
    throw new Busy('credentials', reason);
  }
  if (platform.signIn && platform.signedIn?.() === false) await signInOnce(platform, call);
}

/** Whether a sign-in found that others have stored credentials since: nothing has failed, the portal is to be asked for anew. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Busy && error.because === 'sign_in';
}

/** Signs in, or waits for the sign-in of this adapter that is under way. @throws PlatformError */
export async function signInOnce(platform: Platform, call: Call): Promise<void> {
  const underWay = signingIn.get(platform);
  if (underWay) return underWay;
  const signIn = (platform.signIn?.(call) ?? Promise.resolve()).finally(() => signingIn.delete(platform));
  signingIn.set(platform, signIn);
  return signIn;
}

async function recordingRefusal<T>(
  portals: Portals,
  { connection, platform }: Portal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PlatformError) portals.failed(connection.key, error);
    if (error instanceof Busy && error.because === 'credentials') {
      await portals.mark(connection.key, 'reauthorization_required', error.message, platform);
    }
    throw error;
  }
}
