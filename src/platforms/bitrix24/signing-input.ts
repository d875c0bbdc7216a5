import { z } from 'zod';
import { valueFault, type Fault } from '../../lib/fault.js';
import type { JsonObject } from '../../lib/json.js';
import { faultsOf } from '../../lib/zod-faults.js';
import { asJson } from './json-of.js';
import { ruleFaults } from './signing-rules.js';

const roles = ['signer', 'assignee', 'reviewer', 'editor'] as const;
const Role = z.enum(roles, `Invalid role: it is one of ${roles.join(', ')}.`);

const identity = {
  userId: z.int().positive().optional().describe('A user of the portal.'),
  employeeId: z.int().positive().optional().describe('An employee of a company that is linked by HCM Link.'),
  employeeCode: z.string().min(1).max(255).optional().describe('As employeeId.'),
};

type Identity = { userId?: unknown; employeeId?: unknown; employeeCode?: unknown };

const namesOne = ({ userId, employeeId, employeeCode }: Identity): boolean =>
  [userId, employeeId, employeeCode].filter((one) => one !== undefined).length === 1;
const nameOne = 'An employee is required: name the person by exactly one of userId, employeeId and employeeCode.';

const Pdf = z.strictObject({
  fileName: z
    .string()
    .max(255)
    .regex(/\./, 'Invalid file name: its extension is not specified. It must end with .pdf.')
    .regex(/.\.pdf$/i, 'Invalid file name: the portal takes the extension .pdf alone.'),
  fileType: z.literal('application/pdf', 'The portal takes the file type "application/pdf" alone.'),
  fileContent: z.string().min(1, 'The file is empty.').describe('The bytes of the PDF in base64.'),
});

/** Counted as the portal does, in characters and not in halves of them. */
const ExternalId = z
  .string()
  .min(1, 'The field is required; the empty text is none.')
  .refine((text) => Array.from(text).length <= 255, 'The maximum length of 255 characters is exceeded.')
  .meta({ maxLength: 255, description: 'Yours; the portal does not compare it with earlier ones.' });

/**
 * The vendor's `fields` of sign.b2e.document.send, with the two external fields required.
 *
 * Source: b24restdocs api-reference/sign/b2e/sign-b2e-document-send.md, tables of parameters and errors.
 */
const Fields = z.strictObject({
  company: z
    .strictObject({ crmId: z.int().positive().optional(), uuid: z.string().min(1).max(255).optional() })
    .refine(
      ({ crmId, uuid }) => (crmId === undefined) !== (uuid === undefined),
      'Company data is required: send exactly one of crmId and uuid.',
    ),
  members: z.array(z.strictObject({ ...identity, role: Role }).refine(namesOne, nameOne)),
  responsible: z.strictObject({ ...identity, role: Role.optional() }).refine(namesOne, nameOne),
  companyProviderUid: z
    .string()
    .min(1, 'The field is required: one of GET /v1/connections/{key}/signing-providers.')
    .max(255)
    .describe('One of GET /v1/connections/{key}/signing-providers.'),
  files: z
    .array(Pdf)
    .min(1, 'At least one file is required to sign the document.')
    .max(1, 'Signing multiple files is not supported: send exactly one PDF.'),
  regionDocumentType: z
    .string()
    .min(1, 'The field is required; "12.999" is the default.')
    .max(50)
    .describe('"12.999" is the safe one.'),
  externalSettings: z.strictObject({
    externalId: ExternalId,
    externalDateCreate: z.iso.datetime({
      offset: true,
      error: 'Invalid field value: send a time with its offset, e.g. "2026-02-18T09:19:34+03:00".',
    }),
  }),
});

/** JSON Schema (2020-12) of the variables of a signing. */
export const signingInputSchema = asJson(z.toJSONSchema(Fields, { io: 'input' }));

/** Everything that is wrong with the variables of a signing; all of it is of value, as with any variable. */
export function signingFaults(variables: JsonObject): Fault[] {
  const read = Fields.safeParse(variables, { reportInput: true });
  const faults = read.success ? [] : faultsOf(read.error, '/variables');
  return [...faults.map(({ pointer, code, message }) => valueFault(pointer, code, message)), ...ruleFaults(variables)];
}
