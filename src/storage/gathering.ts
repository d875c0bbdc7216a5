import { isOfStatement } from './database-trouble.js';

interface Waiting<Item, Answer> {
  readonly item: Item;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface GatheringParts<Item, Answer> {
  /** One statement for all of them; answers in their order. */
  together(items: readonly Item[]): Promise<readonly Answer[]>;
  /** Two items of one subject are never in one statement: the second has to see what the first has written. */
  subjectOf(item: Item): string;
  /** How many statements run at the same time. */
  readonly atOnce: number;
}

/** More in one statement make it longer, not cheaper. */
const most = 64;

/**
 * Asks a multi-row statement for everybody who waits by then, so that they share its commit. A single item waits for
 * nobody.
 */
export class Gathering<Item, Answer> {
  #waiting: Waiting<Item, Answer>[] = [];
  #running = 0;
  #isDue = false;

  constructor(private readonly parts: GatheringParts<Item, Answer>) {}

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#due();
    });
  }

  /** After what is ready in this turn of the loop, e.g. requests that came in one packet. */
  #due(): void {
    if (this.#isDue || this.#running >= this.parts.atOnce || this.#waiting.length === 0) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      const next = this.#next();
      this.#running += 1;
      void this.#run(next).finally(() => {
        this.#running -= 1;
        this.#due();
      });
      this.#due();
    });
  }

  #next(): readonly Waiting<Item, Answer>[] {
    const subjects = new Set<string>();
    const next: Waiting<Item, Answer>[] = [];
    const later: Waiting<Item, Answer>[] = [];
    for (const one of this.#waiting) {
      const subject = this.parts.subjectOf(one.item);
      const fits = next.length < most && !subjects.has(subject);
      (fits ? next : later).push(one);
      subjects.add(subject);
    }
    this.#waiting = later;
    return next;
  }

  async #run(asked: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.parts.together(asked.map(({ item }) => item));
      asked.forEach((one, index) => resolved(one, answers[index]));
    } catch (error) {
      // What one row does to the statement is no matter of the others.
      if (asked.length > 1 && isOfStatement(error)) await Promise.all(asked.map((one) => this.#run([one])));
      else for (const one of asked) one.reject(error);
    }
  }
}

function resolved<Item, Answer>(one: Waiting<Item, Answer>, answer: Answer | undefined): void {
  if (answer === undefined) one.reject(new Error('A statement gave fewer answers than it was asked for'));
  else one.resolve(answer);
}
