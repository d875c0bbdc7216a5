import type { Visibility } from './process.reader.js';
import type { Process } from './process.js';

/** The client that a command comes from. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly visible: Visibility;
  /** Whether it may start what signs nothing. */
  readonly mayStart: boolean;
  /** Whether it may send documents to be signed. */
  readonly maySign: boolean;
}

/** Whether this process exists for this client; where not, it is told the same as of one that was never there. */
export function sees({ visible }: Pick<Client, 'visible'>, process: Process): boolean {
  return (
    mayUse(visible.connections, process.connection) &&
    mayUse(visible.definitions, process.definition) &&
    (visible.clientId === null || visible.clientId === process.clientId)
  );
}

/** @param list  `null`: everything is allowed */
export function mayUse(list: readonly string[] | null, name: string): boolean {
  return list === null || list.includes(name);
}
