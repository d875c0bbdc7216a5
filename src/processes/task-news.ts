/** What is told of tasks that appear, and when they are looked for. */
export interface TaskNews {
  /**
   * Which of these connections are to be looked at now, by whoever asked: those with open runs whose tasks nobody has looked
   * for in `apartSeconds`. One that is new is looked at after that time.
   */
  claimLooks(connections: readonly string[], apartSeconds: number): Promise<ReadonlySet<string>>;
  /** Which of these tasks the history of the process does not tell of yet. */
  untold(processId: string, taskIds: readonly string[]): Promise<ReadonlySet<string>>;
}
export const TaskNews = Symbol('TaskNews');
