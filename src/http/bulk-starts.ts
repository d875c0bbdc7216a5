import { platformKinds } from '../platforms/registry.js';
import { textIn } from '../lib/json.js';
import { AtOnce } from '../lib/at-once.js';
import { Turns } from '../lib/turns.js';
import type { Client } from '../processes/client.js';
import { StartRejected } from '../processes/outcome.errors.js';
import { Unsupported } from '../processes/process.errors.js';
import type { ProcessReader } from '../processes/process.reader.js';
import type { Commanded } from '../processes/start-command.js';
import type { StartProcess } from '../processes/start-process.js';
import { bulkTooLarge, maxBulkBytes } from './bulk-body.js';
import { BulkStartBody, type BulkItemView } from './bulk.dto.js';
import { BulkStopped } from './bulk.errors.js';
import { statusOf } from './command-answers.js';
import { MalformedRequest, Unreadable } from './door.errors.js';
import type { Fingerprints } from './fingerprints.js';
import { parseJson } from './json-body.js';
import { Explained, problemOf } from './problem.js';
import type { PublicUrl } from './public-url.js';
import { itemsIn, type ItemBytes, type ItemForm } from './split-items.js';
import { startFieldsOf } from './start-fields.js';
import { readBodyAs } from './validate.js';

const mostItems = 10_000;
const maxItemBytes = 1024 * 1024;

/** Two statements of 64 rows, and as many starts that are read meanwhile. */
const atOnce = 256;

export interface BulkStartsParts {
  readonly fingerprints: Fingerprints;
  readonly starts: StartProcess;
  readonly reader: ProcessReader;
  readonly url: PublicUrl;
  /** What an error of another room is to callers, e.g. of the database; what nobody foresaw is logged. */
  inOurWords(error: unknown, traceId: string): unknown;
}

/** Many starts as they come in, and on whose behalf. */
export interface Bulk {
  readonly chunks: AsyncIterable<Buffer>;
  readonly form: ItemForm;
  readonly by: Client;
  readonly traceId: string;
  /** The path of the request. */
  readonly instance: string;
}

/**
 * Starts many at a time, each with its own verdict, while they come in: no more of them are in memory than are under way.
 * Those under way together share the statements that accept them.
 */
export class BulkStarts {
  constructor(private readonly parts: BulkStartsParts) {}

  /** @throws BulkStopped  the body cannot be read to its end, or holds too much; what came before stands */
  async start(bulk: Bulk): Promise<readonly BulkItemView[]> {
    const items: BulkItemView[] = [];
    const underWay = new AtOnce(atOnce);
    // Of several with one key the first that came has it, not the one that is read sooner.
    const turns = new Turns();
    const judge = async (bytes: ItemBytes, index: number): Promise<void> => {
      items[index] = { index, ...(await this.#item(bulk, bytes, turns)) };
    };
    let count = 0;
    try {
      for await (const bytes of itemsIn(limited(bulk.chunks), bulk.form, maxItemBytes)) {
        if (count === mostItems) {
          throw new Unreadable('payload-too-large', `At most ${mostItems} starts are taken at a time.`);
        }
        underWay.begin(judge(bytes, count));
        count += 1;
        if (underWay.isFull) await underWay.room();
      }
    } catch (error) {
      await underWay.rest().catch(() => {});
      throw stopped(error, items.filter(({ status }) => status < 300).length);
    }
    await underWay.rest();
    return items;
  }

  async #item(bulk: Bulk, bytes: ItemBytes, turns: Turns): Promise<Omit<BulkItemView, 'index'>> {
    try {
      if (bytes === null) {
        throw new Unreadable('payload-too-large', `One start may have ${maxItemBytes / 1024} KiB.`);
      }
      const given = parseJson(bytes);
      return await turns.take(keyIn(given), async () => this.#started(bulk, given));
    } catch (error) {
      return this.#refused(bulk, error);
    }
  }

  async #started({ by, traceId }: Bulk, given: unknown): Promise<Omit<BulkItemView, 'index'>> {
    const { idempotencyKey: key, ...body } = await readBodyAs(BulkStartBody, given ?? null);
    const fields = startFieldsOf(body);
    if (platformKinds.some(({ signing }) => signing.includes(fields.definition))) {
      throw new Unsupported('A signing is not taken among many; send it to POST /v1/processes.');
    }
    // The same start alone has the same fingerprint, so that one of many can be repeated by itself.
    const fingerprint = this.parts.fingerprints.of('POST', '/v1/processes', withoutKey(given));
    const command = { fields, by, key: { clientId: by.id, key, fingerprint }, traceId, retryOf: null, waits: false };
    return this.#answered(await this.parts.starts.start(command));
  }

  async #answered(commanded: Commanded): Promise<Omit<BulkItemView, 'index'>> {
    if (commanded.is !== 'known')
      return { status: commanded.is === 'existing' ? 200 : 202, processId: commanded.process.id };
    const { processId, answer } = commanded.remembered;
    const shown = processId === null ? {} : { processId };
    if (!answer) return { status: 202, ...shown };
    if (answer.word !== 'refused') return { status: statusOf('start', answer), ...shown };
    const process = processId === null ? null : await this.parts.reader.find(processId);
    if (!process) return { status: statusOf('start', answer), ...shown };
    throw new Explained(new StartRejected({ ...process, ...answer.progress }), { processId: process.id });
  }

  #refused({ traceId, instance }: Bulk, error: unknown): Omit<BulkItemView, 'index'> {
    const known = this.parts.inOurWords(error, traceId);
    const problem = problemOf(known, { link: (path) => this.parts.url.of(path), instance, traceId });
    const { status, processId } = problem;
    return { status, ...(processId === undefined ? {} : { processId }), problem };
  }
}

/** `null`: it names none. */
function keyIn(given: unknown): string | null {
  return textIn(given, 'idempotencyKey') || null;
}

function withoutKey(given: unknown): object {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => name !== 'idempotencyKey'));
}

async function* limited(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBulkBytes) throw bulkTooLarge();
    yield chunk;
  }
}

function stopped(error: unknown, taken: number): unknown {
  if (error instanceof Unreadable) return new BulkStopped('payload-too-large', error.message, taken, { cause: error });
  const message = error instanceof MalformedRequest ? error.message : 'The body ended before its end.';
  return new BulkStopped('malformed-request', message, taken, { cause: error });
}
