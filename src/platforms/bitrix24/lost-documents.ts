import type { Json } from '../../lib/json.js';
import { isJsonObject } from '../../lib/json.js';
import type { ToldThings } from '../callback.js';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Candidate, LostLook, LostSpan, StartOrder } from '../run.js';
import { readTogether, type Outcome } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { documentRead, signing, signingRunOf } from './signing.js';

/** A document for signature whose answer was lost. */
export interface LostDocument {
  readonly order: StartOrder;
  readonly span: LostSpan;
  /** Absent: the portal tells nothing by itself. */
  readonly told: ToldThings | undefined;
}

/**
 * Documents that the portal told of since then, that are nobody's, and that have the members of this one. No call finds a
 * document by its `externalId`, so without an event there is none. One request at most.
 *
 * @throws InDoubt  one of them cannot be read: whether another is alone cannot be told
 */
export async function findLostDocument(
  client: Bitrix24Client,
  { order, span, told }: LostDocument,
  call: Call,
): Promise<LostLook> {
  const uids = (await told?.unknownRuns(signing, span.from)) ?? [];
  if (uids.length === 0) return { candidates: [], clockAheadMs: null };
  const { outcomes, clockAheadMs } = await readTogether(
    client,
    uids.map((uid) => documentRead(uid)),
    call,
  );
  const wanted = membersIn(order.variables['members'], (member) => member);
  return { candidates: outcomes.flatMap((outcome) => candidateIn(outcome, wanted)), clockAheadMs };
}

function candidateIn(outcome: Outcome, wanted: readonly Member[] | null): readonly Candidate[] {
  if ('error' in outcome) throw outcome.error;
  const document = signingRunOf(outcome.result);
  if (!document) throw new InDoubt('A document that the portal told of cannot be read.');
  const members = membersIn(document.run.result?.['members'], (member) => member['user'] ?? null);
  if (!wanted || !members || !areSame(wanted, members)) return [];
  const reasons = ['The portal told of it after the request', `It has the same ${members.length} members`];
  return [{ nativeId: document.uid, startedAt: null, reasons, run: document.run, looksLikeOthers: true }];
}

/** Who a member is: his role, and what names the person. */
interface Member {
  readonly role: string;
  readonly names: ReadonlyMap<string, string>;
}

const naming = ['userId', 'employeeId', 'employeeCode'];

/** @param personOf  where the names of the person stand; `null`: these are no members that can be compared */
function membersIn(
  value: Json | undefined,
  personOf: (member: { readonly [key: string]: Json }) => Json,
): Member[] | null {
  if (!isList(value) || value.length === 0) return null;
  const members: Member[] = [];
  for (const member of value) {
    const person = isJsonObject(member) ? personOf(member) : null;
    if (!isJsonObject(member) || !isJsonObject(person) || typeof member['role'] !== 'string') return null;
    const named = naming.flatMap((name): [string, string][] => {
      const given = person[name];
      return typeof given === 'string' || typeof given === 'number' ? [[name, String(given)]] : [];
    });
    members.push({ role: member['role'], names: new Map(named) });
  }
  return members;
}

/** Each of the one is one of the other: by role, and by every name of the person that both tell, at least one. */
function areSame(wanted: readonly Member[], members: readonly Member[]): boolean {
  const left = [...members];
  for (const one of wanted) {
    const at = left.findIndex((other) => isSame(one, other));
    if (at === -1) return false;
    left.splice(at, 1);
  }
  return left.length === 0;
}

function isSame(one: Member, other: Member): boolean {
  const both = [...one.names].filter(([name]) => other.names.has(name));
  return one.role === other.role && both.length > 0 && both.every(([name, value]) => other.names.get(name) === value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
