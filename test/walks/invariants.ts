import type { AttemptRow, Evidence, ProcessRow } from './evidence.js';
import type { Model, ModelStart } from './model.js';
import type { TrueRun } from './portals.js';

/** What is wrong of one start; empty where the promise holds. */
type Rule = (start: ModelStart, known: Known) => readonly string[];

/** Everything that is known of one start. */
interface Known {
  readonly model: Model;
  readonly evidence: Evidence;
  /** Processes with its unique value; one, or none where it was not accepted. */
  readonly processes: readonly ProcessRow[];
  readonly attempts: readonly AttemptRow[];
  readonly runs: readonly TrueRun[];
}

const notRun = ['queued', 'withdrawn', 'expired', 'rejected'];
const ran = ['running', 'terminating', 'completed', 'failed', 'terminated', 'killed', 'ended'];
const over = ['completed', 'failed', 'terminated', 'killed', 'ended'];
const unsent = ['not_sent', 'refused_before_execution'];

/** I1: what was accepted is there, under the one id that its caller was told; what was not accepted is not. */
const isThere: Rule = ({ ids, nothingHappened }, { processes }) => {
  const [id] = ids;
  if (id === undefined) {
    return nothingHappened && processes.length > 0 ? ['I1 it is there though it was refused'] : [];
  }
  return processes.some((process) => process.id === id) ? [] : [`I1 process ${id} was accepted and is gone`];
};

/** KEY: one key has one process, and every process is under its key. */
const hasOneProcess: Rule = ({ key }, { processes }) => [
  ...(processes.length > 1 ? [`KEY one key has ${processes.length} processes`] : []),
  ...processes.filter((process) => process.key !== key).map(({ id }) => `KEY process ${id} is not under its key`),
];

/** I2: the platform executed no more than was ordered. */
const ranOnce: Rule = ({ resends }, { runs }) =>
  runs.length > 1 + resends ? [`I2 it ran ${runs.length} times, ordered again ${resends} times`] : [];

/** I5: the state is no claim that the platform's log contradicts. */
const isTrue: Rule = (_start, { processes, runs }) =>
  processes.flatMap(({ state, native_id: nativeId }) => {
    const own = runs.find((run) => run.nativeId === nativeId);
    if (notRun.includes(state)) return runs.length > 0 ? [`I5 it is ${state} and ran`] : [];
    if (state === 'starting') return ['I5 it rests in starting'];
    if (!ran.includes(state)) return [];
    if (runs.length === 0) return [`I5 it is ${state} and never ran`];
    if (nativeId !== null && !own) return [`I5 its native id ${nativeId} is no run of its own`];
    if (over.includes(state) && runs.every((run) => run.state === 'running'))
      return [`I5 it is ${state} and still runs`];
    const claims = ['completed', 'failed', 'killed'];
    if (claims.includes(state) && own?.state !== state) return [`I5 it is ${state}, and its run is ${own?.state}`];
    return [];
  });

/** I5, N1: unknown only where something failed, and then a person knows of it or it is looked for. */
const isLookedFor: Rule = (_start, { processes, attempts, model }) =>
  processes
    .filter(({ state, native_id: nativeId }) => state === 'indeterminate' || (state === 'running' && nativeId === null))
    .flatMap(({ state, incidents, next_look_at: nextLook }) => {
      const found: string[] = [];
      if (incidents.length === 0 && nextLook === null) found.push(`I5 it is ${state}, and nobody looks for it`);
      // A machine that is too busy lets leases run out: that is a failure too.
      const ranOut = attempts.some(({ message }) => message?.startsWith('The gateway stopped'));
      if (state === 'indeterminate' && model.faults.size === 0 && !ranOut)
        found.push('N1 it is unknown though nothing failed');
      return found;
    });

/** I4: a machine sends again only what was surely not sent, and only one attempt at a time. */
const neverOverlaps: Rule = ({ resends }, { attempts }) =>
  attempts.flatMap((attempt, index) => {
    const before = attempts.slice(0, index);
    const found: string[] = [];
    const doubtful = before.filter(({ class: known }) => known === null || !unsent.includes(known));
    if (attempt.kind === 'send' && doubtful.length > 0) {
      found.push(`I4 attempt ${attempt.number} after attempt ${doubtful[0]?.number} (${doubtful[0]?.class})`);
    }
    if (
      before.some(
        ({ answered_at: answeredAt, class: known, kind }) =>
          kind !== 'resend' &&
          known !== 'unknown' &&
          answeredAt !== null &&
          answeredAt > attempt.sent_at &&
          attempt.kind === 'send',
      )
    ) {
      found.push(`I4 attempt ${attempt.number} began before the one before was settled`);
    }
    if (before.some(({ number }) => number >= attempt.number))
      found.push(`I4 two attempts are number ${attempt.number}`);
    // Of a probe the platform itself makes sure.
    const ordered = doubtful.filter(({ kind }) => kind !== 'probe');
    if (attempt.kind === 'resend' && ordered.length > resends) {
      found.push(`I4 attempt ${attempt.number} was sent again though nobody ordered it`);
    }
    return found;
  });

/** T1: after a stop was accepted nothing is sent any more. */
const staysStopped: Rule = ({ stopAcceptedAtMs }, { attempts }) =>
  stopAcceptedAtMs === null
    ? []
    : attempts
        .filter((attempt) => attempt.sent_at.getTime() > stopAcceptedAtMs)
        .map(({ number }) => `T1 attempt ${number} was sent after a stop was accepted`);

/** I6: the history has no gaps, and a closed state that a caller was told changes only upward in evidence. */
const isWhole: Rule = ({ told }, { processes }) => [
  ...processes
    .filter(
      ({ sequences, last_sequence: last }) => sequences.length !== last || sequences.some((one, at) => one !== at + 1),
    )
    .map(({ sequences }) => `I6 its history is ${sequences.join(' ')}`),
  ...fallen(told),
];

const rank: Readonly<Record<string, number>> = {
  report_back: 4,
  platform_reported: 4,
  gateway_command: 3,
  operator: 2,
  inferred_absence: 1,
};
const closed = [...over, 'rejected', 'withdrawn', 'expired'];

function fallen(told: ModelStart['told']): string[] {
  const inOrder = told.toSorted((one, other) => one.revision - other.revision);
  return inOrder.flatMap((later, at) => {
    const before = inOrder[at - 1];
    if (!before || before.state === later.state || !closed.includes(before.state)) return [];
    if (before.state === 'ended' && later.state === 'running') return [];
    const step = `${before.state} by ${before.evidence} became ${later.state} by ${later.evidence}`;
    const isUp = (rank[later.evidence ?? ''] ?? 0) > (rank[before.evidence ?? ''] ?? 0);
    return isUp ? [] : [`I6 ${step}`];
  });
}

/** NATIVE: a run belongs to its process, and every run that an attempt has named is claimed. */
const ownsItsRun: Rule = (_start, { processes, attempts }) =>
  processes.flatMap(({ native_id: nativeId, claims }) => {
    const learnt = attempts.flatMap((attempt) => attempt.native_id ?? []);
    return [...new Set([...learnt, ...(nativeId === null ? [] : [nativeId])])]
      .filter((id) => !claims.includes(id))
      .map((id) => `NATIVE ${id} is not claimed`);
  });

/** I7: what a replica learnt and lived to tell is not lost. */
const isNotForgotten: Rule = ({ unique }, { processes, evidence }) =>
  evidence.given.has(unique)
    ? processes
        .filter(({ state }) => state === 'indeterminate')
        .map(({ id }) => `I7 a replica was given its answer, and ${id} is indeterminate`)
    : [];

/** I7: whoever has lost the lease changes no state: what it learnt is a match, no direct answer. */
const isFenced: Rule = (_start, { processes, attempts }) =>
  processes.flatMap(({ id, unknown_before_started: lostAtMs }) =>
    lostAtMs !== null && attempts.every((attempt) => attempt.sent_at.getTime() <= lostAtMs)
      ? [`I7 ${id} was unknown, and an answer to an attempt before that counted as direct`]
      : [],
  );

const rules: readonly Rule[] = [
  isFenced,
  isThere,
  hasOneProcess,
  ranOnce,
  isTrue,
  isLookedFor,
  neverOverlaps,
  staysStopped,
  isWhole,
  ownsItsRun,
  isNotForgotten,
];

/** Everything that is wrong with a walk that has come to rest. Pure. */
export function broken(model: Model, evidence: Evidence): readonly string[] {
  const found = model.starts.flatMap((start) => {
    const processes = evidence.processes.filter(({ unique }) => unique === start.unique);
    const attempts = processes.flatMap(({ id }) => evidence.attempts.get(id) ?? []);
    const known = { model, evidence, processes, attempts, runs: evidence.runs.get(start.unique) ?? [] };
    return rules.flatMap((rule) => rule(start, known).map((what) => `${start.name}: ${what}`));
  });
  const mine = new Set(model.starts.map(({ unique }) => unique));
  const strange = [...evidence.runs.keys()].filter((unique) => !mine.has(unique));
  return [...found, ...strange.map((unique) => `${unique} ran, and nobody started it`), ...model.odd];
}
