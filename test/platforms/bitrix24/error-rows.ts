import type { Kind } from './error-operations.js';

/** In one word per kind of operation what follows; `otherwise` for the kinds that are not named. */
export type Words = Readonly<Partial<Record<Kind, string>>> & { readonly otherwise: string };

/** One row of a table of errors of the fact sheet. */
export interface Row {
  readonly section: string;
  readonly error: unknown;
  /** As the portal writes it; `undefined`: it sends none. */
  readonly text: string | undefined;
  /** Documented and seen. */
  readonly statuses: readonly number[];
  readonly means: Words;
  /** What a person must find in the message, for the first of the kinds. */
  readonly tells: Readonly<Partial<Record<Kind, RegExp>>>;
}

type Rest = readonly [error: unknown, text: string | undefined, statuses: readonly number[], tells: Row['tells']];

const rows = (section: string, means: Words, of: readonly Rest[]): readonly Row[] =>
  of.map(([error, text, statuses, tells]) => ({ section, error, text, statuses, means, tells }));

const always = (word: string): Words => ({ otherwise: word });
const unknown = always('InDoubt');
/** The authorization server runs no methods, so there only what concerns the connection counts. */
const refused = (because: string): Words => ({ token: 'InDoubt', otherwise: `Refused ${because}` });
/** Without a code: stops and logs find no run then, and a list of providers changes nothing. */
const nameless = (start: string): Words => ({
  start,
  providers: 'Refused rejected',
  stop: 'Refused not_found',
  log: 'Refused not_found',
  otherwise: 'InDoubt',
});
const onlyOf = (kind: Kind, word: string, more: Partial<Words> = {}): Words => ({
  [kind]: word,
  ...more,
  otherwise: 'InDoubt',
});
const taskWord = (because: string): Words => ({
  task: `Refused ${because}`,
  read: `Refused ${because}`,
  otherwise: 'InDoubt',
});

const byItself = /by itself/;
const authorize = /POST \/v1\/connections\/\{key\}\/authorize/;
const putIn = /PUT \/v1\/connections\/\{key\}\/credentials/;
const notKnown = /not known/;

const systemErrors: readonly Row[] = [
  ...rows('§1.5', unknown, [
    ['INTERNAL_SERVER_ERROR', 'Internal server error', [500], { start: notKnown }],
    ['ERROR_UNEXPECTED_ANSWER', 'Server returned an unexpected response', [500], { start: notKnown }],
    ['ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage', [405, 200], { start: /limits\.batch/ }],
    ['ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded', [400, 200], { start: /limits\.batch/ }],
    ['METHOD_CONFIRM_WAITING', 'Waiting for confirmation', [401], { start: /administrator .* confirm/ }],
    ['METHOD_CONFIRM_DENIED', 'Method call denied', [403], { start: /administrator .* denied/ }],
    ['ERROR_MANIFEST_IS_NOT_AVAILABLE', 'Manifest is not available', [404], { start: notKnown }],
    ['ERROR_ARGUMENT', 'The value of an argument "x" has an invalid type', [400], { start: /argument/ }],
    ['WRONG_ENCODING', 'Wrong request encoding', [400], { start: /UTF-8/ }],
  ]),
  // A registration may be told again, whatever came of it.
  ...rows('§1.5', { register: 'Refused rejected', otherwise: 'InDoubt' }, [
    ['ERROR_CORE', 'SQL query error!', [400, 500], { start: notKnown }],
  ]),
  ...rows('§1.5', always('Busy limit'), [
    ['QUERY_LIMIT_EXCEEDED', 'Too many requests', [503], { start: /requestsPerSecond/ }],
    ['OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.', [429], { start: /one method/ }],
    ['CONNECTION_ERROR', 'Error connecting to authorization server', [401], { start: byItself, token: byItself }],
  ]),
  ...rows('§1.5', always('Busy portal_closed'), [
    [
      'OVERLOAD_LIMIT',
      'REST API is blocked due to overload.',
      [503, 401],
      { start: /vendor's support/, read: /vendor's support/ },
    ],
    ['PAYMENT_REQUIRED', 'Subscription has been ended', [401], { start: /paid/ }],
    ['PAYMENT_REQUIRED', 'Payment required', [401, 403], { token: /paid/ }],
    ['WRONG_LICENSE', 'Лицензия не позволяет', [403], { start: /tariff/ }],
    ['PORTAL_DELETED', 'Portal was deleted', [500, 403, 410], { start: /support/ }],
    ['INVALID_REQUEST', 'Https required.', [400, 401], { start: /baseUrl .* https/ }],
  ]),
  ...rows('§1.5', always('Busy credentials'), [
    ['NO_AUTH_FOUND', 'Wrong authorization data', [401], { start: putIn }],
    ['INVALID_CREDENTIALS', 'Invalid request credentials', [403, 401], { start: putIn, stop: putIn }],
    ['user_access_error', 'The user does not have access to the application.', [403, 401], { start: authorize }],
    ['authorization_error', 'Unable to authorize user', [401], { start: authorize }],
    ['APPLICATION_NOT_FOUND', 'Application not found', [401], { start: /Install it again/, send: authorize }],
    ['ERROR_OAUTH', 'Application not installed', [401], { start: authorize }],
  ]),
  ...rows('§1.5', always('Busy sign_in'), [
    ['expired_token', 'The access token provided has expired.', [401], { send: byItself, start: byItself }],
    ['invalid_token', 'Unable to get application by token', [401], { send: /install the application again/ }],
  ]),
  ...rows('§1.5', refused('permission'), [
    [
      'insufficient_scope',
      'The request requires higher privileges than provided by the webhook token',
      [403, 401],
      { start: /"bizproc"/, send: /"sign\.b2e" and "crm"/, stop: /"bizproc"/ },
    ],
    ['insufficient_scope', '', [401], { start: /"bizproc"/ }],
    ['ACCESS_DENIED', 'REST is available only on commercial plans.', [401, 403], { start: /tariff/, read: /tariff/ }],
    [
      'ACCESS_DENIED',
      'Access denied!',
      [403],
      {
        start: /right/,
        send: /humanresources\.hcmlink/,
        stop: /administrator/,
        task: /actsAs/,
        element: /token of this element/,
        log: /token of this element/,
        register: /administrator/,
      },
    ],
  ]),
  ...rows('§1.5', refused('capability'), [
    [
      'WRONG_AUTH_TYPE',
      'Current authorization type is denied for this method Application context required',
      [403, 401, 200],
      { start: /application context/, send: /"oauth"/ },
    ],
  ]),
  ...rows('§1.5', refused('plan'), [
    ['ERROR_METHOD_NOT_FOUND', 'Method not found!', [404], { start: /tariff/, send: /e-signature/, read: /tariff/ }],
  ]),
];

/** Codes that are no texts, or look like none: their presence makes the failure. Source: §1.4, §8.1. */
const oddCodes: readonly Row[] = [
  ...rows('§1.4', nameless('InDoubt'), [['', '', [400], { start: /first steps may have run/ }]]),
  ...rows('§1.4, §5.4', { log: 'Refused not_found', providers: 'Refused rejected', otherwise: 'InDoubt' }, [
    ['0', 'Inner error', [400], { providers: /refused/ }],
    [0, 'Inner error', [400], {}],
  ]),
  ...rows('§1.4, §5.4', { log: 'Refused not_found', providers: 'Refused not_found', otherwise: 'InDoubt' }, [
    ['510', 'Company was not found.', [400], { providers: /no such company/ }],
    [510, undefined, [400], {}],
  ]),
  ...rows('§1.4', unknown, [
    [{ code: 'ACCESS_DENIED', message: 'Denied', validation: [] }, undefined, [403], {}],
    [null, '', [400], {}],
    [false, '', [200], {}],
    ['constructor', '', [400], { start: /does not say/, task: /does not say/ }],
  ]),
];

const tokenErrors: readonly Row[] = [
  ...rows('§2.5', always('Busy credentials'), [
    ['invalid_grant', undefined, [400], { token: authorize }],
    ['invalid_client', undefined, [400, 401], { token: putIn }],
    ['wrong_client', undefined, [200], { token: /tokenUrl/ }],
    ['NOT_INSTALLED', undefined, [401], { token: /Install it/ }],
  ]),
  ...rows('§2.5', unknown, [
    ['invalid_request', 'No "refresh_token" parameter found', [400], { token: /tokenUrl/ }],
    ['invalid_scope', undefined, [403], { token: /card/ }],
  ]),
  ...rows('§2.5', refused('permission'), [['insufficient_scope', undefined, [403], { token: /card/ }]]),
];

const workflowErrors: readonly Row[] = [
  ...rows('§4.1.1', refused('rejected'), [
    ['ERROR_WRONG_WORKFLOW_ID', 'Empty TEMPLATE_ID', [400], { start: /definitions/ }],
    ['ERROR_WRONG_WORKFLOW_ID', 'Template not found', [400], { start: /definitions/ }],
  ]),
  ...rows('§4.1.1', nameless('Refused rejected'), [
    ['', 'Wrong DOCUMENT_ID!', [400], { start: /subject/ }],
    ['', 'Incorrect document type!', [400], { start: /subject/ }],
    ['', 'Template type and DOCUMENT_ID mismatch!', [400], { start: /subjectTypes/ }],
  ]),
  ...rows('§4.1.1', nameless('InDoubt'), [['', 'Превышен лимит одновременных процессов', [400], { start: /limit/ }]]),
  ...rows('§4.1.4', nameless('accepted'), [['', 'WorkflowAlreadyExists', [400], {}]]),
  ...rows('§4.2, §4.3', refused('rejected'), [
    ['ERROR_WRONG_WORKFLOW_ID', 'Empty workflow instance ID', [400], { stop: /id of this run/ }],
    ['ERROR_WRONG_WORKFLOW_ID', 'Invalid workflow instance ID (string expected)', [400], { stop: /id of this run/ }],
  ]),
  ...rows('§4.2, §4.3', nameless('InDoubt'), [
    ['', 'Бизнес-процесс не найден', [400], { stop: /no running workflow/ }],
  ]),
  ...rows('§4.4', unknown, [
    ['ERROR_SELECT_VALIDATION_FAILURE', 'Invalid data in SELECT parameter', [400], { read: /field/ }],
  ]),
];

const taskErrors: readonly Row[] = [
  ...rows('§4.6', taskWord('rejected'), [
    ['ERROR_TASK_VALIDATION', 'incorrect STATUS', [400], { task: /does not take this answer/ }],
    ['ERROR_TASK_TYPE', 'Incorrect task type', [400], { task: /GET \/v1\/tasks/ }],
    ['ERROR_TASK_EXECUTION', 'Укажите комментарий', [400], { task: /own words/ }],
    ['ERROR_INVALID_USER_ID', 'Invalid TO_USER_ID', [400], { task: /no such user/ }],
    [
      'ERROR_DELEGATION_NOT_ALLOWED',
      'Task delegation is only available for intranet users',
      [400],
      { task: /employees/ },
    ],
    ['ERROR_DELEGATION_NOT_ALLOWED', 'User is not responsible for the task; one; two', [400], { task: /employees/ }],
  ]),
  ...rows('§4.6', taskWord('not_found'), [['ERROR_TASK_NOT_FOUND', 'Task not found', [400], { task: /no such task/ }]]),
  ...rows('§4.6', taskWord('done'), [['ERROR_TASK_COMPLETED', 'Task already completed', [400], { task: /completed/ }]]),
];

const activityErrors: readonly Row[] = [
  ...rows('§4.7', onlyOf('register', 'Refused rejected'), [
    ['ERROR_ACTIVITY_VALIDATION_FAILURE', 'Empty activity NAME!', [400], { register: /description/ }],
    ['ERROR_UNSUPPORTED_PROTOCOL', 'Unsupported handler protocol', [400], { register: /PUBLIC_URL/ }],
    ['ERROR_WRONG_HANDLER_URL', 'Wrong handler URL', [400], { register: /PUBLIC_URL/ }],
    ['ERROR_ACTIVITY_ALREADY_INSTALLED', 'Activity or Robot already installed!', [400], { register: /repeat/ }],
    ['ERROR_ACTIVITY_ADD_FAILURE', 'Activity save error!', [400], { register: /repeat/ }],
  ]),
  ...rows('§4.7', onlyOf('register', 'Refused not_found'), [
    ['ERROR_ACTIVITY_NOT_FOUND', 'Activity or Robot not found!', [400], { register: /repeat/ }],
  ]),
  ...rows('§4.7.3', onlyOf('log', 'Refused rejected'), [
    ['ERROR_EMPTY_LOG_MESSAGE', 'Empty log message!', [400], { log: /send a message/ }],
  ]),
];

const signingRefused: Words = { send: 'Refused rejected', read: 'Refused rejected', otherwise: 'InDoubt' };
const inBrackets = { send: /in brackets/ };
const signingStatuses = [200, 400, 403];

const signingErrors: readonly Row[] = [
  ...rows(
    '§5.2',
    signingRefused,
    [
      '[fields] Empty request fields.',
      '[companyProviderUid] field is required',
      '[companyProviderUid] Could not get provider information.',
      '[responsible] The "responsible" field is required.',
      '[company] Could not find company ID 12 in the CRM.',
      '[members] invalid role boss',
      '[members] Employee ID is required.',
      '[members] Employee with code E was not found.',
      '[members] Employee with ID 5 was not found.',
      '[members] Could not find employee for specified User ID',
      '[members] Could not find user for specified employee',
      '[members] Employee ID/code requires an HCM linked company. Use userId.',
      '[members] At least one signing party with role "signer" is required.',
      '[members] At least one signing party with role "assignee" is required.',
      '[files] At least one file is required to sign the document.',
      '[files] Signing multiple files is currently not supported.',
      '[files] The specified file type is not supported.',
      '[files] Invalid file name. File extension is not specified.',
      "[regionDocumentType] is not valid. Use value '12.999'",
      '[companyProviderUid] Signing provider has expired.',
      '[externalSettings.externalDateCreate] Invalid field value.',
      '[externalSettings.externalId] Maximum length of [255] is exceeded',
      '[members] Employee ID is required.;[files] At least one file is required to sign the document.',
    ].map((text): Rest => ['BAD_REQUEST', text, signingStatuses, inBrackets]),
  ),
  ...rows('§5.2, §5.3', unknown, [
    ['INTERNAL_ERROR', 'Internal error', [...signingStatuses, 500], { send: /may exist/ }],
  ]),
  ...rows('§5.2, §5.3, §5.4', nameless('InDoubt'), [
    ['', 'humanresources module is not installed', [400], { send: /may exist/ }],
    ['', 'Document UID is required.', [400], {}],
    ['', 'Document not found.', [400], { read: /own words/ }],
    ['', 'Error while autoregistering providers', [400], { providers: /refused/ }],
    ['', "Parameter 'companyUuid' or 'companyCrmId' is required", [400], {}],
  ]),
];

/** Every table of errors of the fact sheet, row by row. */
export const errorRows: readonly Row[] = [
  ...systemErrors,
  ...oddCodes,
  ...tokenErrors,
  ...workflowErrors,
  ...taskErrors,
  ...activityErrors,
  ...signingErrors,
];
