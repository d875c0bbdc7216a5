import { z } from 'zod';
import { valueFault, type Fault } from '../../lib/fault.js';
import type { JsonObject } from '../../lib/json.js';
import { faultsOf } from '../../lib/zod-faults.js';
import { asJson } from './json-of.js';

const identity = {
  userId: z.int().positive().optional().describe('A user of the portal.'),
  employeeId: z.int().positive().optional().describe('An employee of a company that is linked by HCM Link.'),
  employeeCode: z.string().min(1).max(255).optional(),
};

const namesOne = (person: { userId?: unknown; employeeId?: unknown; employeeCode?: unknown }): boolean =>
  [person.userId, person.employeeId, person.employeeCode].filter((one) => one !== undefined).length === 1;
const nameOne = 'Name the person by exactly one of userId, employeeId and employeeCode.';

const Member = z
  .strictObject({ ...identity, role: z.enum(['signer', 'assignee', 'reviewer', 'editor']) })
  .refine(namesOne, nameOne);

const Pdf = z.strictObject({
  fileName: z
    .string()
    .max(255)
    .regex(/.\.pdf$/i, 'The name must end with .pdf.'),
  fileType: z.literal('application/pdf'),
  fileContent: z.string().min(1).describe('The file in base64.'),
});

/**
 * The vendor's `fields` of sign.b2e.document.send, with the two external fields required.
 *
 * Source: b24restdocs api-reference/sign/b2e/sign-b2e-document-send.md, tables of parameters and errors.
 */
const Fields = z.strictObject({
  company: z
    .strictObject({ crmId: z.int().positive().optional(), uuid: z.string().min(1).max(255).optional() })
    .refine(({ crmId, uuid }) => (crmId === undefined) !== (uuid === undefined), 'Send exactly one of crmId and uuid.'),
  members: z
    .array(Member)
    .refine((members) => members.some(({ role }) => role === 'signer'), 'At least one member must be a "signer".')
    .refine((members) => members.some(({ role }) => role === 'assignee'), 'At least one member must be an "assignee".'),
  responsible: z.strictObject({ ...identity, role: z.string().max(50).optional() }).refine(namesOne, nameOne),
  companyProviderUid: z.string().min(1).max(255).describe('One of sign.b2e.company.provider.list.'),
  files: z.array(Pdf).length(1, 'Send exactly one PDF file.'),
  regionDocumentType: z.string().min(1).max(50).describe('"12.999" is the safe one.'),
  externalSettings: z.strictObject({
    externalId: z.string().min(1).max(255),
    externalDateCreate: z.iso.datetime({ offset: true }),
  }),
});

/** JSON Schema (2020-12) of the variables of a signing. */
export const signingInputSchema = asJson(z.toJSONSchema(Fields, { io: 'input' }));

/** What is wrong with the variables of a signing; all of it is of value, as with any variable. */
export function signingFaults(variables: JsonObject): Fault[] {
  const read = Fields.safeParse(variables, { reportInput: true });
  if (read.success) return [];
  return faultsOf(read.error, '/variables').map(({ pointer, code, message }) => valueFault(pointer, code, message));
}
