import { valueFault, type Fault } from '../../lib/fault.js';
import type { Subject } from '../run.js';

/** [module, entity, id], e.g. ['crm', 'CCrmDocumentDeal', 'DEAL_777']. */
export type Triple = readonly [module: string, entity: string, id: string];

interface Form {
  readonly type: string;
  readonly module: string;
  readonly entity: string;
  /** What stands before the id, e.g. `LEAD_`; it is also the document type's name where there is one. */
  readonly prefix: string;
}

/** Source: b24restdocs api-reference/bizproc/bizproc-workflow-start.md, "DOCUMENT_ID"; Quote's class is observed. */
const forms: readonly Form[] = [
  { type: 'crm.lead', module: 'crm', entity: 'CCrmDocumentLead', prefix: 'LEAD_' },
  { type: 'crm.deal', module: 'crm', entity: 'CCrmDocumentDeal', prefix: 'DEAL_' },
  { type: 'crm.contact', module: 'crm', entity: 'CCrmDocumentContact', prefix: 'CONTACT_' },
  { type: 'crm.company', module: 'crm', entity: 'CCrmDocumentCompany', prefix: 'COMPANY_' },
  {
    type: 'crm.quote',
    module: 'crm',
    entity: String.raw`Bitrix\Crm\Integration\BizProc\Document\Quote`,
    prefix: 'QUOTE_',
  },
  {
    type: 'crm.invoice',
    module: 'crm',
    entity: String.raw`Bitrix\Crm\Integration\BizProc\Document\SmartInvoice`,
    prefix: 'SMART_INVOICE_',
  },
  { type: 'disk.file', module: 'disk', entity: String.raw`Bitrix\Disk\BizProcDocument`, prefix: '' },
  { type: 'lists.feed', module: 'lists', entity: 'BizprocDocument', prefix: '' },
  { type: 'lists.item', module: 'lists', entity: String.raw`Bitrix\Lists\BizprocDocumentLists`, prefix: '' },
];

const dynamicEntity = String.raw`Bitrix\Crm\Integration\BizProc\Document\Dynamic`;
const number = /^[1-9]\d{0,17}$/;

/** The forms of one smart process type carry its number: `crm.dynamic.147` is `DYNAMIC_147_{id}`. */
function formOfType(type: string): Form | null {
  const typeId = /^crm\.dynamic\.([1-9]\d{0,9})$/.exec(type)?.[1];
  if (typeId !== undefined) return { type, module: 'crm', entity: dynamicEntity, prefix: `DYNAMIC_${typeId}_` };
  return forms.find((form) => form.type === type) ?? null;
}

/** A subject in its stored form; a native triple of a known kind becomes type and id. Pure. */
export function readSubject(subject: Subject): { readonly subject: Subject; readonly faults: readonly Fault[] } {
  if ('native' in subject) {
    const triple = tripleOf(subject);
    if (triple) return { subject: knownAs(triple) ?? subject, faults: [] };
    const message = 'Send [module, entity, id], e.g. ["crm", "CCrmDocumentLead", "LEAD_1"].';
    return { subject, faults: [valueFault('/subject/native', 'invalid', message)] };
  }
  if (!formOfType(subject.type)) {
    const known = [...forms.map(({ type }) => type), 'crm.dynamic.{typeId}'].join(', ');
    return {
      subject,
      faults: [valueFault('/subject/type', 'unknown-type', `Choose one of: ${known}; or send "native".`)],
    };
  }
  if (number.test(subject.id)) return { subject, faults: [] };
  return { subject, faults: [valueFault('/subject/id', 'invalid', 'Send the number of the document, e.g. "1".')] };
}

/** What the portal calls this subject; `null` where it is in no form that `readSubject` lets pass. */
export function tripleOf(subject: Subject): Triple | null {
  if ('native' in subject) {
    const [module, entity, id] = subject.native;
    const complete = subject.native.length === 3 && subject.native.every((part) => part !== '' && part.length <= 255);
    return complete && module !== undefined && entity !== undefined && id !== undefined ? [module, entity, id] : null;
  }
  const form = formOfType(subject.type);
  return form ? [form.module, form.entity, `${form.prefix}${subject.id}`] : null;
}

function knownAs([module, entity, id]: Triple): Subject | null {
  const dynamic = /^DYNAMIC_([1-9]\d{0,9})_(\d+)$/.exec(id);
  const type =
    entity === dynamicEntity ? `crm.dynamic.${dynamic?.[1] ?? ''}` : forms.find((form) => form.entity === entity)?.type;
  const form = type === undefined ? null : formOfType(type);
  if (!form || form.module !== module || !id.startsWith(form.prefix)) return null;
  const plain = id.slice(form.prefix.length);
  return number.test(plain) ? { type: form.type, id: plain } : null;
}

/**
 * The subject type that a template with this DOCUMENT_TYPE takes; `null`: none that has a name here.
 *
 * @param documentType  [module, entity, type], e.g. ['crm', 'CCrmDocumentLead', 'LEAD'] or ['lists', 'BizprocDocument', 'iblock_7']
 */
export function subjectTypeOf([module, entity, type]: Triple): string | null {
  const dynamic = entity === dynamicEntity ? /^DYNAMIC_([1-9]\d{0,9})$/.exec(type)?.[1] : undefined;
  if (dynamic !== undefined) return `crm.dynamic.${dynamic}`;
  return forms.find((form) => form.module === module && form.entity === entity)?.type ?? null;
}

/**
 * Could a document of this kind be of that type? Module, entity and, in the CRM, the name before the id are compared:
 * elsewhere the type is a storage or an information block, which an id does not show.
 */
export function fits(document: Triple, documentType: Triple): boolean {
  if (document[0] !== documentType[0] || document[1] !== documentType[1]) return false;
  return documentType[0] !== 'crm' || document[2].startsWith(`${documentType[2]}_`);
}

/** A document as the portal compares it: names of classes in any letters, with or without a leading backslash. */
export function comparable([module, entity, id]: Triple): Triple {
  return [module.toLowerCase(), entity.toLowerCase().replace(/^\\+/, ''), id.toUpperCase()];
}

/** Are these the same document? */
export function isSameDocument(one: Triple, other: Triple): boolean {
  const [here, there] = [comparable(one), comparable(other)];
  return here.every((part, index) => part === there[index]);
}
