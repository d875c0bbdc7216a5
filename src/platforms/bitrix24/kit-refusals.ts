import { Refused, type NativeFault } from '../platform.errors.js';

const rejected = (message: string) => (native: NativeFault) => new Refused('rejected', message, native);

/** Refusals of what registers activities, robots and handlers of events. Source: the fact sheet §4.7 and §7. */
export const refusedParts: Readonly<Record<string, (native: NativeFault) => Refused>> = {
  ACCESS_DENIED: (native) =>
    new Refused(
      'permission',
      'Only an application of a portal administrator may register activities: consent again as an administrator.',
      native,
    ),
  WRONG_AUTH_TYPE: (native) =>
    new Refused(
      'capability',
      'Only an application may register activities, not a webhook: use a report token and the outgoing-webhook step.',
      native,
    ),
  ERROR_ACTIVITY_VALIDATION_FAILURE: rejected('The portal does not take the description of this part.'),
  ERROR_UNSUPPORTED_PROTOCOL: rejected('The portal posts to http and https alone: set PUBLIC_URL so.'),
  ERROR_WRONG_HANDLER_URL: rejected(
    'The portal cannot post to the address of this gateway: set PUBLIC_URL to an https address with a public host name.',
  ),
  ERROR_ACTIVITY_ALREADY_INSTALLED: rejected(
    'The part was installed meanwhile; repeat the request to bring it up to date.',
  ),
  ERROR_ACTIVITY_ADD_FAILURE: rejected('The portal could not save the part; repeat the request.'),
  ERROR_EVENT_NOT_FOUND: (native) =>
    new Refused('not_found', 'The portal has no such event for this application; a scope of it is missing.', native),
  ERROR_CORE: rejected('The portal could not set the handler of an event; repeat the request.'),
  ERROR_ACTIVITY_NOT_FOUND: (native) =>
    new Refused('not_found', 'The portal has no such part; repeat the request to install it.', native),
};
