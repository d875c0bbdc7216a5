/** After all tests. A run that is killed stops its cluster too: the cluster does not outlive the process that started it. */
export default async function stopPostgres() {
  await globalThis.stopPostgres?.();
}
