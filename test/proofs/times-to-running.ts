import { each } from './figures.js';
import { uniqueValue, workflow } from './starts.js';

/** How long each start took from its POST until its process was `running`, in milliseconds. @throws Error  one was not */
export async function timesToRunning(
  gateway: { readonly url: string },
  load: { readonly otherPortals: number; readonly startsAtEach: number; readonly atATime: number },
): Promise<readonly number[]> {
  const times: number[] = [];
  const portals = Array.from({ length: load.otherPortals }, (_, index) => `other-${index}`);
  await each(portals, portals.length, async (connection) => {
    await each(Array.from({ length: load.startsAtEach }), load.atATime, async () => {
      const begun = performance.now();
      await running(gateway, connection);
      times.push(performance.now() - begun);
    });
  });
  return times;
}

/** Waits as long as a caller may, and then some for the answer. */
async function running({ url }: { readonly url: string }, connection: string): Promise<void> {
  const answer = await fetch(`${url}/v1/processes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=55' },
    body: JSON.stringify({ connection, ...workflow.fields(uniqueValue()) }),
    signal: AbortSignal.timeout(120_000),
  });
  const { state } = (await answer.json()) as { readonly state?: string };
  if (answer.status !== 201 || state !== 'running') throw new Error(`A start was answered ${answer.status} ${state}`);
}
