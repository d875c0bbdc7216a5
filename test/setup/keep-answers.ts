import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { keepEvidence } from '../canaries/evidence.js';

/** Before each test file: what gateways answer to it is kept for the search at the end of the run. */
const tests = fileURLToPath(new URL('..', import.meta.url));
process.env['TEST_FILE'] = relative(tests, expect.getState().testPath ?? 'none');

/** Of a gateway, not of a simulated portal; its documents hold examples of what may be sent. */
const ours = /^\/(v1|healthz|metrics|problems|guarantees|console)(\/|$)/;

const send = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const answer = await send(input, init);
  const { pathname } = new URL(answer.url);
  if (ours.test(pathname) && !/event-stream/.test(answer.headers.get('content-type') ?? '')) {
    void keepAnswer(`${init?.method ?? 'GET'} ${pathname} ${answer.status}`, answer.clone());
  }
  return answer;
};

async function keepAnswer(where: string, answer: Response): Promise<void> {
  // Whoever hangs up hears no end.
  const body = await answer.text().catch(() => 'cut off');
  keepEvidence('answers', `${where} ${JSON.stringify([...answer.headers])} ${body}\n`);
}
