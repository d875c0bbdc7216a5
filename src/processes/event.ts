import type { Json } from '../lib/json.js';
import type { Process } from './process.js';
import { categoryOf, type ProcessState } from './process-state.js';

/** The words of a process's history; contract §6, unprefixed. */
export type EventType =
  | 'process.accepted'
  | 'process.started'
  | 'process.identified'
  | 'process.rejected'
  | 'process.indeterminate'
  | 'process.reconciled'
  | 'process.terminating'
  | 'process.stop-refused'
  | 'process.completed'
  | 'process.failed'
  | 'process.terminated'
  | 'process.killed'
  | 'process.ended'
  | 'process.expired'
  | 'process.withdrawn'
  | 'process.outcome-revised'
  | 'element.completed'
  | 'task.created'
  | 'task.completed'
  | 'task.delegated'
  | 'signing.document-status-changed'
  | 'signing.member-status-changed'
  | 'incident.opened'
  | 'incident.resolved'
  | 'operation.resent';

/** One append-only line of a process's history. */
export interface ProcessEvent {
  readonly id: string;
  readonly processId: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly type: EventType;
  readonly time: Date;
  readonly data: { readonly [key: string]: Json };
}

const wordOf: Readonly<Partial<Record<ProcessState, EventType>>> = {
  rejected: 'process.rejected',
  indeterminate: 'process.indeterminate',
  terminating: 'process.terminating',
  completed: 'process.completed',
  failed: 'process.failed',
  terminated: 'process.terminated',
  killed: 'process.killed',
  ended: 'process.ended',
  expired: 'process.expired',
  withdrawn: 'process.withdrawn',
};

/** What a step of a process's life is called in its history; empty where it is no news (an attempt tells enough). */
export function newsOf(before: Process, after: Process): EventType[] {
  const news: EventType[] = [];
  const ranBefore = before.startedAt !== null;
  if (!ranBefore && after.startedAt !== null) {
    news.push(after.adoption === 'direct' ? 'process.started' : 'process.reconciled');
  } else if (before.nativeId === null && after.nativeId !== null) {
    news.push(before.state === 'indeterminate' ? 'process.reconciled' : 'process.identified');
  }
  if (before.state === after.state) return news;
  if (categoryOf[before.state] === 'closed') return [...news, 'process.outcome-revised'];
  const word = wordOf[after.state];
  return word ? [...news, word] : news;
}
