import type { Process } from './process.js';

/** Whose runs tasks belong to. */
export interface TaskRuns {
  /**
   * The processes of native runs, by native id; a run that is nobody's is left out.
   *
   * @param portal  the origin that all connections to it share
   */
  owners(portal: string, nativeIds: readonly string[]): Promise<ReadonlyMap<string, Process>>;
}
export const TaskRuns = Symbol('TaskRuns');
