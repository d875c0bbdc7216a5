import { pointerTo, valueFault, type Fault } from '../../lib/fault.js';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js';

/**
 * The rules of a signing that concern several fields at once, or that no schema can say; each fault in the vendor's own
 * meaning. What is not there, or of another type, is for the schema to tell.
 *
 * Source: b24restdocs api-reference/sign/b2e/sign-b2e-document-send.md, table of errors.
 */
export function ruleFaults(fields: JsonObject): Fault[] {
  return [...roleFaults(fields['members']), ...linkFaults(fields), ...fileFaults(fields['files'])];
}

const needed = ['signer', 'assignee'] as const;

/** Without one of each the portal says "At least one signing party with role … is required." */
function roleFaults(members: Json | undefined): Fault[] {
  const listed = listIn(members);
  if (!listed) return [];
  const roles = new Set(listed.map((member) => (isJsonObject(member) ? member['role'] : null)));
  return needed
    .filter((role) => !roles.has(role))
    .map((role) => fault(['members'], 'required', `At least one member with the role "${role}" is required.`));
}

/** "Employee ID/code requires an HCM linked company. Use userId." Only a company that is named by its uuid is linked. */
function linkFaults({ company, members, responsible }: JsonObject): Fault[] {
  if (!isJsonObject(company) || company['uuid'] !== undefined) return [];
  const people: readonly (readonly [path: readonly (string | number)[], person: Json | undefined])[] = [
    ...(listIn(members) ?? []).map((member, index) => [['members', index], member] as const),
    [['responsible'], responsible],
  ];
  return people.flatMap(([path, person]) =>
    ['employeeId', 'employeeCode']
      .filter((name) => isJsonObject(person) && person[name] !== undefined)
      .map((name) =>
        fault(
          [...path, name],
          'needs-linked-company',
          `${name} requires a company that is linked by HCM Link, named by company.uuid. Use userId, or name the company so.`,
        ),
      ),
  );
}

function fileFaults(files: Json | undefined): Fault[] {
  return (listIn(files) ?? []).flatMap((file, index) => {
    const content = isJsonObject(file) ? file['fileContent'] : null;
    const wrong = typeof content === 'string' && content !== '' ? contentFault(content) : null;
    return wrong === null ? [] : [fault(['files', index, 'fileContent'], 'invalid', wrong)];
  });
}

/** The portal decodes whatever it gets, and finds out later that it is no PDF. */
function contentFault(content: string): string | null {
  if (content.startsWith('data:')) return 'Send the base64 of the file alone, without "data:…;base64,".';
  const letters = content.replaceAll(/[\r\n]/g, '');
  if (letters.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(letters)) {
    return 'This is no base64: send the bytes of the file in the standard alphabet, with padding.';
  }
  const begins = Buffer.from(letters.slice(0, 8), 'base64').toString('latin1');
  return begins.startsWith('%PDF') ? null : 'The file is no PDF: its bytes do not begin with "%PDF".';
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const listIn = (value: Json | undefined): readonly Json[] | null => (isList(value) ? value : null);

function fault(path: readonly (string | number)[], code: string, message: string): Fault {
  return valueFault(pointerTo('variables', ...path), code, message);
}
