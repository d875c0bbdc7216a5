/** Once more where the database has broken off a deadlock with a statement of a replica. */
export async function again(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (tries === 5 || !(error instanceof Error && error.message.includes('deadlock'))) throw error;
    }
  }
}
