import { v7 as uuidv7 } from 'uuid';
import { LateAnswers } from '../../src/dispatch/late-answer.js';
import { TakeOver } from '../../src/dispatch/take-over.js';
import { changed, touched, type Details } from '../../src/processes/change.js';
import type { Found, LostStart } from '../../src/processes/lost.store.js';
import type { Claimed, Intended } from '../../src/processes/operation.js';
import { Outcomes } from '../../src/processes/outcomes.js';
import { move, type Adoption, type Process } from '../../src/processes/process.js';
import { LeaseLost, type Settlement } from '../../src/processes/process.store.js';
import { KeptLog, noRunIds } from '../dispatch/engine.js';
import { at, aWatch } from '../processes/samples.js';
import { leaseSeconds, settlementOf, type ProcessRoom } from './process-room.js';

/** The verdict that nothing is known of an attempt. */
export function lostOf(intended: Intended, details: Details = {}): Settlement {
  const given = {
    attempt: { id: intended.attempt.id, class: 'unknown', nativeId: null, nativeFault: null, message: 'Cut' },
    operation: { state: 'unknown', retryAfterMs: null },
    answer: null,
  } as const;
  return settlementOf(intended, { to: 'indeterminate', at }, given, details);
}

/** The verdict that an attempt was not sent, so that its start goes again. */
export function unsentOf(intended: Intended): Settlement {
  const given = {
    attempt: { id: intended.attempt.id, class: 'not_sent', nativeId: null, nativeFault: null, message: 'No' },
    operation: { state: 'queued', retryAfterMs: 0 },
    answer: null,
  } as const;
  return settlementOf(intended, { to: 'queued', at }, given);
}

/** A start whose answer was lost, as its row has it. */
export async function loseOne(room: ProcessRoom, given: Partial<Process> = {}): Promise<Intended> {
  const sent = await room.sending({ lane: uuidv7(), ...given });
  await room.store.settle(lostOf(sent));
  return sent;
}

/** Puts a lost start back into the queue, as a person's `resend` does, and claims it. */
export async function resend(room: ProcessRoom, { process, operation }: Intended): Promise<Claimed> {
  await room.database.query("update operations set state = 'queued', due_at = clock_timestamp() where id = $1", [
    operation.id,
  ]);
  await room.database.query("update processes set state = 'queued', lane_until = null where id = $1", [process.id]);
  const claimed = (await room.claim()).find((one) => one.operation.id === operation.id);
  if (!claimed) throw new Error('The resend was not claimed');
  return claimed;
}

/** A start that one worker sent and another has taken over, both still alive. */
export async function takenOver(
  room: ProcessRoom,
  given: Partial<Process> = {},
): Promise<{ readonly sent: Intended; readonly taken: Intended }> {
  const sent = await room.sending({ lane: uuidv7(), ...given });
  await room.letLeasesEnd();
  const all = await room.store.takeAbandoned(100, leaseSeconds, []);
  const taken = all.find(({ operation }) => operation.id === sent.operation.id);
  if (!taken) throw new Error('It was not abandoned');
  return { sent, taken };
}

/** A start that was given up, whose answer came then. */
export async function answeredLate(room: ProcessRoom, late: (sent: Intended) => Settlement): Promise<Intended> {
  const { sent, taken } = await takenOver(room);
  await room.store.settle(lostOf(taken));
  await comesLate(room, late(sent));
  return sent;
}

/** Writes a verdict whose lease is gone. */
export async function comesLate(room: ProcessRoom, settlement: Settlement): Promise<void> {
  const error = await room.store.settle(settlement).catch((cause: unknown) => cause);
  if (!(error instanceof LeaseLost)) throw new Error('It was not late');
}

export function runs(nativeId: string): Parameters<typeof settlementOf>[1] {
  return { to: 'running', at, evidence: 'platform_reported', learnt: { nativeId } };
}

/** Reads the late answers once, as each replica does twice a second. */
export async function readLate(room: ProcessRoom): Promise<void> {
  const { store, lost, reader } = room;
  const clock = { now: () => at };
  const takeOver = new TakeOver(lost, reader, clock);
  const outcomes = new Outcomes(reader, aWatch());
  await new LateAnswers({
    store,
    lost,
    reader,
    takeOver,
    outcomes,
    runIds: noRunIds(),
    clock,
    log: new KeptLog(),
  }).read();
}

/** All lost starts, as if each were due to be looked for. */
export async function takeLost(room: ProcessRoom, lifeSeconds = 60): Promise<readonly LostStart[]> {
  await room.database.query('update processes set next_look_at = clock_timestamp() where next_look_at is not null');
  return room.lost.takeLost([{ connection: 'sales', lifeSeconds }], 100);
}

/** The only lost start. */
export async function lostOne(room: ProcessRoom, { process }: Pick<Intended, 'process'>): Promise<LostStart> {
  const one = (await takeLost(room)).find((lost) => lost.process.id === process.id);
  if (!one) throw new Error('It is not lost');
  return one;
}

/** A run that a look found for a lost start. */
export function foundRun(lost: LostStart, nativeId: string, adoption: Adoption, since: Date | null = null): Found {
  const after = move(lost.process, {
    to: 'running',
    at,
    evidence: 'platform_reported',
    learnt: { nativeId, adoption },
  });
  const answer = { word: 'confirmed' as const, extra: null };
  const change = changed(lost.process, after);
  return { lost, change, nativeId, operation: 'done', answer, onlyOneSince: since };
}

/** A look that found nothing. */
export function foundNothing(lost: LostStart): Found {
  const change = touched(lost.process, { looks: { afterMs: 1000 } });
  return { lost, change, nativeId: null, operation: lost.operation.state, answer: null, onlyOneSince: null };
}

/** Makes all attempts so much older. */
export async function passSeconds(room: ProcessRoom, seconds: number): Promise<void> {
  await room.database.query('update attempts set sent_at = sent_at - make_interval(secs => $1)', [seconds]);
  await room.database.query('update database_holds set noticed_at = noticed_at - make_interval(secs => $1)', [seconds]);
}

/** Notices that the database was put back; tokens are voided elsewhere. */
export async function notice(room: ProcessRoom): Promise<void> {
  await room.database.query("insert into database_holds (id, because) values (gen_random_uuid(), 'It was put back')");
}

export async function release(room: ProcessRoom): Promise<void> {
  await room.database.query('update database_holds set released_at = clock_timestamp()');
}
