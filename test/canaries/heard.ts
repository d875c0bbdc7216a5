import { PinoLog } from '../../src/observability/pino-log.js';
import { isSearched, keepEvidence } from './evidence.js';

/** From the most to the least that is said. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** At which level a gateway of a test writes, where the test asks for this one: everything, where the run is searched. */
export function levelToWrite(asked: string): string {
  return isSearched() ? 'trace' : asked;
}

/** The log of a gateway in this process. @param lines  hears what the test asked for */
export function heardLog(asked: string, lines: (line: string) => void): PinoLog {
  return new PinoLog(levelToWrite(asked), {
    write: (line) => {
      keepEvidence('lines', line);
      if (isAskedFor(line, asked)) lines(line);
    },
  });
}

/** What a process says: all of it is kept for the search, and its test hears the lines that it asked for. */
export class Heard {
  #said = '';
  readonly #begun = { out: '', err: '' };

  /** @param asked  the level that the test asked for */
  constructor(private readonly asked: string) {}

  /** What came from one of its two outputs, in pieces of any length. */
  take(from: 'out' | 'err', text: string): void {
    keepEvidence('lines', text);
    const lines = (this.#begun[from] + text).split('\n');
    this.#begun[from] = lines.pop() ?? '';
    for (const line of lines) if (isAskedFor(line, this.asked)) this.#said += `${line}\n`;
  }

  get said(): string {
    return this.#said + this.#begun.out + this.#begun.err;
  }
}

function isAskedFor(line: string, asked: string): boolean {
  const level = /^\{"level":"(\w+)"/.exec(line)?.[1];
  return level === undefined || levels.indexOf(level) >= levels.indexOf(asked);
}
