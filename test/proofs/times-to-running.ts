import { send } from './connections.js';
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
      const unique = uniqueValue();
      const begun = performance.now();
      const { status, body } = await send(gateway, unique, { connection, ...workflow.fields(unique) }, 'wait=25');
      times.push(performance.now() - begun);
      if (status !== 201 || body.state !== 'running') throw new Error(`${status} ${body.state ?? body.code}`);
    });
  });
  return times;
}
