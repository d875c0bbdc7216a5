import { createHash } from 'node:crypto';
import { shapeFault, valueFault, type Fault } from '../../lib/fault.js';
import type { Json, JsonObject } from '../../lib/json.js';
import type { Definition } from '../definition.js';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Prepared, Run, StartOrder, Started, StartRequest } from '../run.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { SignDocument } from './bitrix24.wire.js';
import { asJson } from './json-of.js';
import { signingFaults, signingInputSchema } from './signing-input.js';
import { documentStateOf } from './signing-states.js';

/** The definition that sends a document for signature by employees. */
export const signing = 'sign.b2e.document';

/** The signing route as a definition. Its input is the vendor's, so nobody has to be asked. */
export const signingDefinition: Definition = {
  definition: signing,
  name: 'HR document for e-signature',
  subjectTypes: [],
  parameters: [],
  outputs: [],
  inputSchema: signingInputSchema,
  native: {},
};

/** Checks a signing. Pure. */
export function prepareSigning(request: StartRequest): Prepared {
  const faults = [...signingFaults(request.variables), ...optionFaults(request.options)];
  if (request.subject) {
    faults.push(valueFault('/subject', 'not-supported', 'A document for signature has no subject; leave it out.'));
  }
  if (request.results.length > 0) {
    faults.push(valueFault('/results', 'not-supported', 'The result of a signing comes by itself; leave this out.'));
  }
  return { faults, unsupported: null, subject: null, inputChecked: true };
}

/** The call of one signing. Pure. */
export function sendCall({ variables, options }: StartOrder): PortalCall {
  return {
    asked: 'send',
    method: 'sign.b2e.document.send',
    params: { fields: variables, language: languageIn(options) },
  };
}

/** The fields of a signing for callers' eyes: each file by its hash and size. */
export function shownFields(fields: JsonObject): JsonObject {
  const { files } = fields;
  return Array.isArray(files) ? { ...fields, files: files.map(withoutContent) } : fields;
}

/**
 * Sends a document for signature. The portal does not compare `externalId` with earlier ones (observed), so a second
 * call makes a second legal document.
 *
 * @see b24restdocs api-reference/sign/b2e/sign-b2e-document-send.md
 */
export async function sendDocument(client: Bitrix24Client, order: StartOrder, call: Call): Promise<Started> {
  const { result } = await client.call(sendCall(order), call);
  const run = signingRunOf(result);
  if (!run) throw new InDoubt('The answer to the sending names no document.');
  return { ...run.run, nativeId: run.uid, runId: null };
}

/** The read of one document's state, its names in the language that it was sent with. */
export const documentRead = (uid: string, options: JsonObject = {}): Omit<PortalCall, 'asked'> => ({
  method: 'sign.b2e.document.get',
  params: { uid, language: languageIn(options) },
});

const languageIn = (options: JsonObject): Json => options['language'] ?? 'en';

/** A document as the portal tells it; `null` where that cannot be read. */
export function signingRunOf(result: unknown): { readonly uid: string; readonly run: Run } | null {
  const read = SignDocument.safeParse(result);
  if (!read.success) return null;
  const { uid, state, members } = read.data;
  const nativeState = state?.code ?? null;
  const refused = (members ?? []).some((member) => member.state?.code === 'refused');
  return {
    uid,
    run: {
      state: documentStateOf(nativeState, refused),
      nativeState,
      result: asJson({ uid, state: state ?? null, members: members ?? [] }),
      failure:
        nativeState === 'stopped' && refused
          ? { code: 'member_refused', message: 'A member refused to sign the document.' }
          : null,
    },
  };
}

function optionFaults(options: JsonObject): Fault[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (name !== 'language') {
      return [
        shapeFault(`/options/${name}`, 'unknown-field', 'The one option of a signing is "language"; remove this.'),
      ];
    }
    if (typeof value !== 'string') return [shapeFault('/options/language', 'wrong-type', 'Send a JSON string here.')];
    if (/^[a-z]{2}$/.test(value)) return [];
    return [valueFault('/options/language', 'invalid', 'Send a language of two letters, e.g. "en".')];
  });
}

function withoutContent(file: Json): JsonObject {
  if (typeof file !== 'object' || file === null) return {};
  const { fileContent, ...rest } = asJson(file);
  // Shown or erased before.
  if (typeof fileContent !== 'string') return asJson(file);
  const bytes = Buffer.from(fileContent, 'base64');
  return { ...rest, fileContent: { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length } };
}
