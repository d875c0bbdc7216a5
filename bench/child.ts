import { fork, type ChildProcess, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the bench. It tells once that it is ready, and then answers one question at a time. */
export class Child<Question extends Serializable, Answer> {
  private constructor(
    private readonly child: ChildProcess,
    /** What it told, e.g. where it listens. */
    readonly ready: string,
  ) {}

  /** Starts a file of this directory with what it has to know, and waits until it is ready. */
  static async start<Question extends Serializable, Answer>(
    file: URL,
    args: readonly string[] = [],
  ): Promise<Child<Question, Answer>> {
    // As a service runs: Express, for one, works otherwise where this is not said.
    const child = fork(fileURLToPath(file), args, { env: { ...process.env, NODE_ENV: 'production' } });
    return new Child(child, String(await told(child)));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async ask(question: Question): Promise<Answer> {
    const answer = told(this.child);
    this.child.send(question);
    return (await answer) as Answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill();
    await once(this.child, 'exit');
  }
}

async function told(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const options = { signal: over.signal };
  try {
    const ended = once(child, 'exit', options).then(([code]) => {
      throw new Error(`${child.spawnargs.at(1)} ended with ${code}`);
    });
    const [message] = await Promise.race([once(child, 'message', options), ended]);
    return message;
  } finally {
    over.abort();
  }
}

/** The child's side: tells that it is ready and answers from then on; it ends with its parent. */
export function serve(ready: string, answer: (question: never) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (question) => {
    void answer(question as never).then((told) => process.send?.(told));
  });
  process.send?.(ready);
}
