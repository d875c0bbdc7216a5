import { randomBytes, randomUUID } from 'node:crypto';
import type { JsonObject } from '../../../lib/json.js';
import { asJson } from '../json-of.js';
import type { Method } from './method.js';
import { fieldOf, textOf, valuesOf, type Params } from './php-params.js';
import { PortalFault } from './portal-fault.js';
import { portalTime, type KeptDocument } from './state.js';

const providerUid = 'd4f6b8a1-4c6d-4d8c-9c7c-2d1b1f6d0f2b';

const names: Readonly<Record<string, string>> = {
  new: 'New',
  signing: 'Signing in progress',
  done: 'Done',
  stopped: 'Stopped',
  wait: 'Waiting',
  ready: 'Ready',
  refused: 'Refused',
};

const send: Method = {
  operation: 'start',
  application: true,
  run: async ({ params, state, seen }) => {
    seen.definition = 'sign.b2e.document';
    const { fields } = params;
    const fault = faultIn(fields);
    if (fault !== null) throw new PortalFault(400, 'BAD_REQUEST', fault);
    const { bornAs } = state.signing;
    const document: KeptDocument = {
      uid: randomUUID(),
      externalId: textOf(fieldOf(fieldOf(fields, 'externalSettings'), 'externalId')),
      startedAt: portalTime(state.clock.now()),
      fields: withoutFiles(fields),
      members: (valuesOf(fieldOf(fields, 'members')) ?? []).map((member, party) => ({
        uid: randomBytes(4).toString('hex'),
        role: textOf(fieldOf(member, 'role')),
        user: { employeeCode: null, employeeId: null, userId: fieldOf(member, 'userId') ?? null },
        state: party === 0 && bornAs === 'signing' ? 'ready' : 'wait',
      })),
      state: bornAs,
    };
    state.documentChanged(document);
    seen.executed = true;
    await state.saved();
    return { result: answerOf(document) };
  },
};

const get: Method = {
  operation: 'observe',
  application: true,
  run: ({ params, state, seen }) => {
    seen.definition = 'sign.b2e.document';
    const uid = textOf(params['uid']);
    if (uid === '') throw new PortalFault(400, '', 'Document UID is required.');
    const document = state.document(uid);
    if (!document) throw new PortalFault(400, '', 'Document not found.');
    return { result: answerOf(document) };
  },
};

const providers: Method = {
  application: true,
  run: ({ params, state }) => {
    if (textOf(params['companyCrmId']) === '' && textOf(params['companyUuid']) === '') {
      throw new PortalFault(400, '', "Parameter 'companyUuid' or 'companyCrmId' is required");
    }
    const fault = companyFault(params);
    if (fault) throw fault;
    const now = state.clock.now();
    const dayMs = 24 * 3_600_000;
    const rows = [
      { code: 'ses-ru', uid: providerUid, name: 'Goskey', days: 365 },
      { code: 'goskey', uid: 'a1c7b0de-55a1-4f0e-9d6d-0a6f0f6f7b11', name: 'Goskey (qualified)', days: 30 },
    ].map(({ days, ...row }) => ({
      ...row,
      date: portalTime(new Date(now.getTime() - dayMs)),
      expires: portalTime(new Date(now.getTime() + days * dayMs)),
    }));
    const offset = Number(textOf(params['offset'])) || 0;
    return { result: rows.slice(offset, offset + (Number(textOf(params['limit'])) || 100)) };
  },
};

/** A company of the portal has number 12 or the uuid "company-12"; 13 cannot be served, and 14 fails inside. */
function companyFault(params: Params): PortalFault | null {
  const crmId = textOf(params['companyCrmId']);
  const uuid = textOf(params['companyUuid']);
  if (crmId === '12' || uuid === 'company-12') return null;
  if (crmId === '13') return new PortalFault(400, '', 'Error while autoregistering providers');
  if (crmId === '14') return new PortalFault(400, '0', 'Inner error');
  return new PortalFault(400, '510', crmId === '' ? 'Company was not found.' : `My company ${crmId} not found`);
}

function withoutFiles(fields: unknown): unknown {
  return typeof fields === 'object' && fields !== null ? { ...fields, files: undefined } : fields;
}

/** The first fault, in the order of the vendor's table of errors, with the texts that were seen. */
function faultIn(fields: unknown): string | null {
  const company = fieldOf(fields, 'company');
  const roles = (valuesOf(fieldOf(fields, 'members')) ?? []).map((member) => textOf(fieldOf(member, 'role')));
  const files = valuesOf(fieldOf(fields, 'files')) ?? [];
  const settings = fieldOf(fields, 'externalSettings');
  const known = new Set(['signer', 'assignee', 'reviewer', 'editor']);
  const checks: readonly (readonly [boolean, string])[] = [
    [(valuesOf(fields) ?? []).length === 0, '[fields] Empty request fields.'],
    [textOf(fieldOf(fields, 'companyProviderUid')) === '', '[companyProviderUid] field is required'],
    [valuesOf(fieldOf(fields, 'responsible')) === null, '[responsible] The "responsible" field is required.'],
    [
      textOf(fieldOf(company, 'crmId')) + textOf(fieldOf(company, 'uuid')) === '',
      '[company] Company data is required.',
    ],
    [!roles.every((role) => known.has(role)), '[members] invalid role'],
    [!roles.includes('signer'), '[members] At least one signing party with role "signer" is required.'],
    [!roles.includes('assignee'), '[members] At least one signing party with role "assignee" is required.'],
    [files.length === 0, '[files] At least one file is required to sign the document.'],
    [files.length > 1, '[files] Signing multiple files is currently not supported.'],
    [textOf(fieldOf(files[0], 'fileType')) !== 'application/pdf', '[files] The specified file type is not supported.'],
    [
      textOf(fieldOf(fields, 'regionDocumentType')) === '',
      "[regionDocumentType] field is required. Use value '12.999' as a default value.",
    ],
    [
      textOf(fieldOf(fields, 'companyProviderUid')) !== providerUid,
      '[companyProviderUid] Signing provider is not available.',
    ],
    [textOf(fieldOf(settings, 'externalDateCreate')) === '', '[externalSettings.externalDateCreate] field is required'],
    [textOf(fieldOf(settings, 'externalId')) === '', '[externalSettings.externalId] field is required'],
  ];
  return checks.find(([wrong]) => wrong)?.[1] ?? null;
}

function answerOf({ uid, state, members }: KeptDocument): JsonObject {
  return asJson({
    uid,
    state: stateOf(state),
    members: members.map((member, party) => ({ ...member, party, state: stateOf(member.state) })),
  });
}

function stateOf(code: string): JsonObject {
  return { code, name: names[code] ?? code };
}

export const signMethods: Readonly<Record<string, Method>> = {
  'sign.b2e.document.send': send,
  'sign.b2e.document.get': get,
  'sign.b2e.company.provider.list': providers,
};
