import type { Json, JsonObject } from '../../lib/json.js';
import { isJsonObject } from '../../lib/json.js';
import type { RunNews, SightedRun } from '../platform-kind.js';
import { signing } from './signing.js';

/** What has changed of a document for signature and of its members between two sights. Pure. */
export function newsOfSigning(definition: string, before: SightedRun, after: SightedRun): readonly RunNews[] {
  // Of what was never seen before, nothing has changed.
  if (definition !== signing || before.nativeState === null) return [];
  const uid = after.result?.['uid'] ?? null;
  const document: RunNews[] =
    after.nativeState === before.nativeState
      ? []
      : [{ type: 'signing.document-status-changed', data: { uid, from: before.nativeState, to: after.nativeState } }];
  const known = codesIn(before.result);
  const members = [...codesIn(after.result)].flatMap(([memberUid, to]): RunNews[] => {
    const from = known.get(memberUid) ?? null;
    return from === to ? [] : [{ type: 'signing.member-status-changed', data: { uid, memberUid, from, to } }];
  });
  return [...document, ...members];
}

/** Members' states by their uid; those without one cannot be told apart. */
function codesIn(result: JsonObject | null): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  for (const member of listIn(result?.['members'])) {
    if (!isJsonObject(member)) continue;
    const { uid, state } = member;
    const code = isJsonObject(state) ? state['code'] : null;
    if (typeof uid === 'string' && typeof code === 'string') codes.set(uid, code);
  }
  return codes;
}

function listIn(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
