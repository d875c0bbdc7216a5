import { get, type IncomingMessage } from 'node:http';
import { z } from 'zod';

/** An event as the feed tells it. */
export const Told = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string().startsWith('bpmgw.v1.'),
  subject: z.string().optional(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  sequence: z
    .string()
    .regex(/^\d{10}$/)
    .optional(),
  data: z.record(z.string(), z.unknown()),
});
export type Told = z.infer<typeof Told>;

/** What one stream has told, as it comes in. */
export interface Stream {
  readonly status: number;
  readonly type: string;
  readonly events: readonly Told[];
  /** The last id that stood there. */
  lastId(): string;
  /** Lines that are comments. */
  comments(): number;
  isOver(): boolean;
  /** It did not end in the middle of anything. */
  hasEnded(): boolean;
  leave(): void;
}

/** Listens to the feed as Server-Sent Events (HTML, section 9.2). */
export async function listen(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Stream> {
  const request = get(url, { headers: { accept: 'text/event-stream', ...headers } });
  request.on('error', () => {});
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  const events: Told[] = [];
  let [lastId, comments, isOver, rest] = ['', 0, false, ''];
  const take = (block: string): void => {
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) comments += 1;
      if (line.startsWith('id: ')) lastId = line.slice(4);
      if (line.startsWith('data: ')) events.push(Told.parse(JSON.parse(line.slice(6))));
    }
  };
  answer.setEncoding('utf8');
  answer.on('error', () => {});
  answer.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    blocks.forEach(take);
  });
  answer.once('close', () => (isOver = true));
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers['content-type'] ?? '',
    events,
    lastId: () => lastId,
    comments: () => comments,
    isOver: () => isOver,
    hasEnded: () => isOver && answer.complete,
    leave: () => request.destroy(),
  };
}
