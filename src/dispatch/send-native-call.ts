import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { NativeRequest } from '../platforms/native-request.js';
import type { NativeCallSender } from '../processes/call-natively.js';

/** Sends raw calls as everything is sent: signed in, within the budget of the portal, on a socket that stands. */
export class SendNativeCall implements NativeCallSender {
  constructor(private readonly portals: Portals) {}

  async send(portal: Portal, request: NativeRequest): Promise<string> {
    const { startTimeoutSeconds } = portal.connection.limits;
    // Only where the session was void, or the portal has moved, is it said again: nothing was carried out then.
    const body = await askSignedIn(this.portals, portal, async ({ natively }, call) => natively?.call(request, call), {
      signal: AbortSignal.timeout(startTimeoutSeconds * 1000),
      mayWrite: () => true,
    });
    return body ?? 'null';
  }
}
