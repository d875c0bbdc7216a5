import type { JsonObject } from '../../../lib/json.js';
import type { Behaviour } from '../../sandbox.js';

/** What a template of the simulated portal does when it is started. */
export type TemplateBehaviour =
  | Behaviour
  | 'engine-error' // it runs, throws in its first step, and the answer says so without a code
  | 'waits-for-two' // until two people have approved
  | 'asks-for-information' // of a person, and goes on waiting after it
  | 'task-of-an-application' // a task that cannot be completed over REST
  | 'waits-callback' // tells a registered activity that it was reached, and waits for bizproc.event.send
  | 'ignores-run-id'; // as a portal that makes its own ids

/** A template of the simulated portal. */
export interface SandboxTemplate {
  readonly id: string;
  readonly name: string;
  readonly behaviour: TemplateBehaviour;
  /** [module, entity, type], as in DOCUMENT_TYPE. */
  readonly documentType: readonly [string, string, string];
  readonly parameters: JsonObject;
}

const lead = ['crm', 'CCrmDocumentLead', 'LEAD'] as const;
const deal = ['crm', 'CCrmDocumentDeal', 'DEAL'] as const;

function parameter(Name: string, Type: string, more: JsonObject = {}): JsonObject {
  return { Name, Description: '', Type, Required: '0', Multiple: '0', Default: '', Options: null, ...more };
}

function onLead(id: number, name: string, behaviour: TemplateBehaviour, parameters: JsonObject = {}): SandboxTemplate {
  return { id: String(id), name, behaviour, documentType: lead, parameters };
}

const note = { Note: parameter('Note', 'string') };

export const templates: readonly SandboxTemplate[] = [
  onLead(1, 'Contract approval', 'waits-for-task', { Parameter1: parameter('Approver', 'user') }),
  onLead(2, 'Lead scoring (finishes at once)', 'finishes-at-once', note),
  onLead(3, 'Onboarding (waits)', 'waits', note),
  onLead(4, 'Export to the warehouse (fails)', 'fails', note),
  onLead(5, 'Management report (refused)', 'refused', note),
  onLead(6, 'Invoice run (the answer is lost)', 'lost-answer-started', note),
  onLead(7, 'Invoice run (reset before it starts)', 'reset-before-executing', note),
  onLead(8, "Invoice run (a proxy's error page)", 'html-502', note),
  onLead(9, 'Invoice run (the answer is cut)', 'truncated-answer', note),
  onLead(10, 'Price calculation (slow)', 'slow', note),
  onLead(11, 'Welcome letter (token void at the first try)', 'expired-session', note),
  onLead(12, 'Welcome letter (too many requests at the first try)', 'limit', note),
  onLead(13, 'Discount request (fails in its first step)', 'engine-error', note),
  onLead(14, 'Discount request (makes its own run ids)', 'ignores-run-id', note),
  onLead(15, 'Budget approval (two people)', 'waits-for-two', {
    First: parameter('First approver', 'user'),
    Second: parameter('Second approver', 'user'),
  }),
  onLead(16, 'Invoice (asks for information, then waits)', 'asks-for-information', {
    Clerk: parameter('Clerk', 'user'),
  }),
  onLead(17, 'Confirmation in an application', 'task-of-an-application', { Clerk: parameter('Clerk', 'user') }),
  onLead(19, 'Credit check (waits for an activity of an application)', 'waits-callback', {
    ...note,
    Activity: parameter('Code of the activity', 'string'),
  }),
  {
    id: '20',
    name: 'Contract with every type of parameter',
    behaviour: 'waits',
    documentType: deal,
    parameters: {
      Title: parameter('Title', 'string', { Required: '1' }),
      Comment: parameter('Comment', 'text'),
      Copies: parameter('Copies', 'int'),
      Share: parameter('Share, %', 'double'),
      Urgent: parameter('Urgent', 'bool'),
      SignBy: parameter('Sign by', 'date'),
      MeetAt: parameter('Meeting', 'datetime'),
      Kind: parameter('Kind', 'select', { Options: { supply: 'Supply', service: 'Service' } }),
      Approver: parameter('Approver', 'user'),
      Amount: parameter('Amount', 'money'),
      Readers: parameter('Readers', 'user', { Multiple: '1' }),
      gatewayProcessId: parameter('Process of the gateway', 'string'),
    },
  },
  {
    id: '21',
    name: 'Delivery note (reports; waits)',
    behaviour: 'waits',
    documentType: deal,
    parameters: { gatewayProcessId: parameter('Process of the gateway', 'string') },
  },
  {
    id: '22',
    name: 'Delivery note (reports; the answer is lost)',
    behaviour: 'lost-answer-started',
    documentType: deal,
    parameters: { gatewayProcessId: parameter('Process of the gateway', 'string') },
  },
  {
    id: '31',
    name: 'Hiring (a smart process)',
    behaviour: 'waits',
    documentType: ['crm', String.raw`Bitrix\Crm\Integration\BizProc\Document\Dynamic`, 'DYNAMIC_147'],
    parameters: note,
  },
  {
    id: '32',
    name: 'Leave request (the feed)',
    behaviour: 'waits',
    documentType: ['lists', 'BizprocDocument', 'iblock_7'],
    parameters: note,
  },
];

const onlyOfBitrix24 = new Set<TemplateBehaviour>([
  'engine-error',
  'ignores-run-id',
  'waits-for-two',
  'asks-for-information',
  'task-of-an-application',
  'waits-callback',
]);

/** A ready start for each behaviour that callers know by name. */
export const starts: Readonly<Partial<Record<Behaviour, JsonObject>>> = Object.fromEntries(
  templates
    .filter(({ documentType, behaviour }) => documentType === lead && !onlyOfBitrix24.has(behaviour))
    .map(({ id, behaviour }) => [
      behaviour,
      {
        definition: id,
        subject: { type: 'crm.lead', id: '1' },
        variables: behaviour === 'waits-for-task' ? { Parameter1: 'user_1' } : { Note: 'from the sandbox' },
      },
    ]),
);
