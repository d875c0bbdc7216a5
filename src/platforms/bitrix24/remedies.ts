const putIn = 'and put it in with PUT /v1/connections/{key}/credentials.';
const authorize = 'POST /v1/connections/{key}/authorize';

/** For a webhook that is told to renew a token, which it does not have. */
export const newWebhook = `The portal does not accept this webhook. Make a new inbound webhook at the portal ${putIn}`;

const unknownOutcome = 'Whether anything ran is not known.';

/**
 * What a code of the portal means and what a person can do about it. The portal's own words, in whatever language, stand
 * beside it and are never read.
 *
 * Source: b24restdocs _includes/system-errors.md, settings/oauth/error-codes.md, limits.md, api-reference/scopes/.
 */
const everywhere: Readonly<Record<string, string>> = {
  QUERY_LIMIT_EXCEEDED:
    'The portal takes no more requests for the moment; the gateway waits and goes on by itself. If this lasts, lower ' +
    'limits.requestsPerSecond of the connection, or find who else calls this portal from the same address.',
  OPERATION_TIME_LIMIT:
    'The portal blocks this one method: its work has taken too long within ten minutes. The gateway waits and goes on by ' +
    'itself; other methods are not concerned.',
  CONNECTION_ERROR:
    'The portal cannot reach its own authorization server; the gateway tries again by itself. If this lasts, tell the ' +
    "vendor's support.",
  expired_token: 'The access token is over; the gateway renews it by itself.',
  invalid_token:
    'The portal knows no application by this access token; the gateway renews it once by itself. If this stays so, install ' +
    `the application again and authorize the connection: ${authorize}.`,
  INVALID_CREDENTIALS: `The portal does not know this webhook: it was deleted, or its secret is another. Make a new inbound webhook ${putIn}`,
  NO_AUTH_FOUND:
    'The portal finds no credentials in the call that it could accept. Make a new inbound webhook ' +
    `and put it in (PUT /v1/connections/{key}/credentials), or authorize the application: ${authorize}.`,
  APPLICATION_NOT_FOUND: `The application is not at the portal any more. Install it again, then authorize: ${authorize}.`,
  NOT_INSTALLED: `The application is not installed at this portal. Install it there, then authorize: ${authorize}.`,
  ERROR_OAUTH:
    'The application is not installed at this portal, or its installation was not finished. Finish it there, then ' +
    `authorize: ${authorize}.`,
  user_access_error:
    'The user who consented may not use this application. Have an administrator of the portal give that user access to it, ' +
    `or authorize as another user: ${authorize}.`,
  authorization_error:
    'The portal does not let this user in any more: dismissed or blocked. Authorize as another user, ' +
    `${authorize}, or make a webhook of another user ${putIn}`,
  invalid_grant:
    'The refresh token is used up, older than 180 days, or of another portal. Have a person consent again: ' +
    `${authorize}.`,
  invalid_client:
    'The authorization server does not take the id and secret of the application. Copy both from its page at the portal ' +
    putIn,
  wrong_client:
    'The authorization server knows no application of this clientId. Copy it from its page at the portal, compare tokenUrl ' +
    `with the region of the portal, ${putIn}`,
  OVERLOAD_LIMIT:
    "The vendor has blocked the REST API of this portal by hand, for overload. Write to the vendor's support: nobody else " +
    'can lift this. What is queued goes out once it is lifted.',
  PAYMENT_REQUIRED:
    'The subscription of the portal or of the application has ended. Have it paid; what is queued goes out then.',
  WRONG_LICENSE:
    'The licence of the portal does not cover this. Have its tariff changed; what is queued goes out then.',
  PORTAL_DELETED:
    "The portal was deleted or closed. Have the vendor's support restore it, or delete the connection and close its processes.",
  INVALID_REQUEST: 'The portal wants to be called by https. Set baseUrl of the connection to its https address.',
  insufficient_scope:
    'The webhook or application lacks the permission (scope) "bizproc". Tick it on its page at the portal; an application ' +
    `must then be authorized again: ${authorize}.`,
  METHOD_CONFIRM_WAITING: `An administrator of the portal has to confirm calls of this method, in the portal's notifications. ${unknownOutcome}`,
  METHOD_CONFIRM_DENIED: `An administrator of the portal has denied calls of this method; have that taken back there. ${unknownOutcome}`,
  ERROR_MANIFEST_IS_NOT_AVAILABLE: `The portal has no description of its methods at this moment. ${unknownOutcome}`,
  ERROR_BATCH_METHOD_NOT_ALLOWED: `The portal takes this method outside of a batch only. Set limits.batch of the connection to "off". ${unknownOutcome}`,
  ERROR_BATCH_LENGTH_EXCEEDED: `The portal takes fewer commands in a batch. Set limits.batch of the connection to "off". ${unknownOutcome}`,
  INTERNAL_SERVER_ERROR: `The portal failed while it worked. ${unknownOutcome}`,
  ERROR_UNEXPECTED_ANSWER: `The portal failed while it worked. ${unknownOutcome}`,
  ERROR_CORE: `The portal failed inside; its own words may tell why. ${unknownOutcome}`,
  ERROR_ARGUMENT: `The portal does not take an argument of the call; its own words may tell which. ${unknownOutcome}`,
  WRONG_ENCODING: `The portal cannot read the encoding of the call, which is UTF-8. ${unknownOutcome}`,
  ACCESS_DENIED:
    'Only an administrator of the portal may do that. Make the webhook as an administrator, or have one consent to the ' +
    "application. If the user is one, the tariff may have no REST API: the portal's own words tell it.",
  WRONG_AUTH_TYPE:
    'The portal takes this call from an application only (application context), not from a webhook. Register a connection ' +
    'with auth type "oauth".',
  ERROR_METHOD_NOT_FOUND:
    'The portal has no such method: its tariff has no business processes, or none any more. Have the tariff changed; at a ' +
    'portal of your own, have the module installed.',
  ERROR_SELECT_VALIDATION_FAILURE: `The portal does not list a field that was asked for. ${unknownOutcome}`,
};

const tokenRefused =
  'The portal does not take the token of this element: it is not of this portal, or of an application that was removed.';

/** Codes whose remedy is another one for what was asked. */
const byAsked: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  start: {
    ERROR_WRONG_WORKFLOW_ID:
      'The portal has no such template. List those that it has: GET /v1/connections/{key}/definitions.',
    ACCESS_DENIED:
      'The user of this connection may not start this workflow on this document. Have that user given the right, or use ' +
      "an administrator's webhook or consent. If the right is there, the tariff may have no REST API: the portal's own words " +
      'tell it.',
    '': 'The portal refused in words of its engine alone; the first steps may have run before. They often name a limit, a missing setting of a step, or a loop: mend that in the template.',
  },
  send: {
    ACCESS_DENIED:
      'The user who consented may not make HR documents for signature, or the application lacks the permission ' +
      '"humanresources.hcmlink" that company.uuid, employeeId and employeeCode need. Grant it at the portal and authorize ' +
      `again: ${authorize}.`,
    insufficient_scope:
      'The application lacks the permissions (scopes) "sign.b2e" and "crm", or with company.uuid "humanresources.hcmlink". ' +
      `Tick them on its page at the portal and authorize again: ${authorize}.`,
    ERROR_METHOD_NOT_FOUND:
      'The portal has no e-signature for HR documents: its tariff or region lacks it. Have it activated at the portal.',
    BAD_REQUEST:
      'The portal does not take this document. Its own words name the field in brackets, joined by ";" where there are ' +
      'several: mend those and start with a new key.',
    INTERNAL_ERROR:
      'The portal failed while it made the document, which may exist. Look for its externalId among the documents of the ' +
      'company at the portal; no call finds it.',
    '':
      'The portal refused without a code; the document may exist. Look for its externalId among the documents of the ' +
      'company at the portal, and read its own words: a module may be missing.',
  },
  stop: { ERROR_WRONG_WORKFLOW_ID: 'The portal does not take the id of this run.' },
  task: {
    ACCESS_DENIED:
      'The user of this connection may not do that with this task. GET /v1/tasks/{id} names that user in actsAs; have the ' +
      'task delegated, or use a connection of a user who may.',
    ERROR_TASK_VALIDATION:
      'The portal does not take this answer or these users for the task; its own words may tell why.',
    ERROR_TASK_TYPE: 'Tasks of this kind are not answered so; read GET /v1/tasks/{id} for what it takes.',
    ERROR_TASK_EXECUTION: 'The task itself refused the answer; its own words tell why.',
    ERROR_INVALID_USER_ID: 'The portal has no such user; name users of the portal by their numbers.',
    ERROR_DELEGATION_NOT_ALLOWED:
      'The portal does not let this task go to that user: only employees take tasks, and only from whoever has them.',
  },
  element: { ACCESS_DENIED: tokenRefused },
  log: {
    ACCESS_DENIED: tokenRefused,
    ERROR_EMPTY_LOG_MESSAGE: 'The portal writes no empty line into a log; send a message.',
  },
  token: {
    invalid_request: 'The authorization server does not understand the request. Check tokenUrl of the connection.',
    invalid_scope:
      'The application asks for permissions that its card does not have. Have them corrected on its page at the vendor.',
    insufficient_scope:
      'The application asks for permissions that its card does not have. Have them corrected on its page at the vendor.',
  },
};

/** The sentence for a person; `null`: nothing is known of this code beyond its class. */
export function meaningOf(asked: string, code: string): string | null {
  return lookUp(lookUp(byAsked, asked) ?? {}, code) ?? lookUp(everywhere, code);
}

// Codes come from outside: `constructor` must not find anything.
function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(table, name) ? (table[name] ?? null) : null;
}
