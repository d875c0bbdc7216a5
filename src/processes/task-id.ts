/** A task as callers name it: where it is, and how it is called there. */
export interface TaskName {
  readonly connection: string;
  readonly nativeId: string;
}

/** E.g. `sales-portal:1471`. */
export function taskIdOf({ connection, nativeId }: TaskName): string {
  return `${connection}:${nativeId}`;
}

/** `null`: no task could be called so. */
export function taskNameOf(id: string): TaskName | null {
  const [, connection, nativeId] = /^([^:]{1,63}):(.{1,255})$/s.exec(id) ?? [];
  return connection === undefined || nativeId === undefined ? null : { connection, nativeId };
}
