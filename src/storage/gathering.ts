import { isOfStatement } from './database-trouble.js';

/** What is asked for, as the statement reads it. */
export interface Asked {
  /** Characters of it, about. */
  readonly length: number;
  /** Two of one subject are never in one statement: the second has to see what the first has written. */
  readonly subject: string;
}

interface Waiting<Item extends Asked, Answer> {
  readonly item: Item;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** One statement for all of them. Answers in their order. */
export type Together<Item, Answer> = (items: readonly Item[]) => Promise<readonly Answer[]>;

/** More in one statement make it longer, not cheaper. */
const most = 64;
/** Characters; what is larger by itself goes alone. */
const mostLength = 1024 * 1024;
/** While one commits, the next begins. */
const atOnce = 2;

/**
 * Asks a multi-row statement for everybody who waits by then, so that they share its commit. A single item waits for
 * nobody.
 */
export class Gathering<Item extends Asked, Answer> {
  #waiting: Waiting<Item, Answer>[] = [];
  #running = 0;
  #isDue = false;

  constructor(private readonly together: Together<Item, Answer>) {}

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#due();
    });
  }

  /** After what is ready in this turn of the loop, e.g. requests that came in one packet. */
  #due(): void {
    if (this.#isDue || this.#running >= atOnce || this.#waiting.length === 0) return;
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
    let length = 0;
    for (const one of this.#waiting) {
      const { subject } = one.item;
      const hasRoom = next.length === 0 || (next.length < most && length + one.item.length <= mostLength);
      if (hasRoom && !subjects.has(subject)) {
        next.push(one);
        length += one.item.length;
      } else later.push(one);
      subjects.add(subject);
    }
    this.#waiting = later;
    return next;
  }

  async #run(asked: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.together(asked.map(({ item }) => item));
      asked.forEach((one, index) => resolved(one, answers[index]));
    } catch (error) {
      // What one row does to the statement, or to its parameters, is no matter of the others.
      if (asked.length > 1 && (isOfStatement(error) || isOfValues(error)))
        await Promise.all(asked.map((one) => this.#run([one])));
      else for (const one of asked) one.reject(error);
    }
  }
}

function resolved<Item extends Asked, Answer>(one: Waiting<Item, Answer>, answer: Answer | undefined): void {
  if (answer === undefined) one.reject(new Error('A statement gave fewer answers than it was asked for'));
  else one.resolve(answer);
}

/** Whether a value could not be written as a parameter, so that nothing was asked. */
function isOfValues(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}
