import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { known, looks, rightly } from './known.js';
import { formsOf } from './search.js';

/** A secret that stands where it should not, named and not repeated. */
export interface FoundInRun {
  readonly secret: string;
  readonly form: string;
  /** What was kept of one test, e.g. `http+tasks.test.ts.lines`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** How the line begins, as far as it is no secret: the event, the row or the request. */
  readonly begins: string;
}

/** What was searched, and what was found in it. */
export interface Searched {
  readonly files: number;
  readonly bytes: number;
  readonly found: readonly FoundInRun[];
}

/** Shorter pieces turn up by chance. */
const shortest = 6;
/** Of one secret in one file; one leak may be repeated in every line. */
const mostTold = 3;

interface Needle {
  readonly secret: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Searches everything that a run of tests has kept, for every secret that they used, in every form. */
export async function searchRun(folder: string): Promise<Searched> {
  const needles = needlesOf(known);
  const files = await readdir(folder);
  const found: FoundInRun[] = [];
  let bytes = 0;
  for (const file of files) {
    const content = await readFile(join(folder, file));
    bytes += content.length;
    found.push(...needles.flatMap((needle) => hitsOf(needle, content).map((at) => placeOf(needle, file, content, at))));
    // A key and a report token are shown once, by the answer that makes them.
    if (!file.endsWith('.answers')) found.push(...lookalikesIn(file, content));
  }
  return { files: files.length, bytes, found: found.filter((one) => !standsRightly(one)) };
}

function needlesOf(secrets: ReadonlyMap<string, string>): readonly Needle[] {
  const byText = new Map<string, Needle>();
  for (const [secret, value] of secrets)
    for (const [form, text] of formsOf(value))
      if (text.length >= shortest && !byText.has(text))
        byText.set(text, { secret, form, bytes: Buffer.from(text, 'latin1') });
  return [...byText.values()];
}

function hitsOf({ bytes }: Needle, content: Buffer): readonly number[] {
  const hits: number[] = [];
  for (let at = content.indexOf(bytes); at >= 0 && hits.length < mostTold; at = content.indexOf(bytes, at + 1))
    hits.push(at);
  return hits;
}

function lookalikesIn(file: string, content: Buffer): readonly FoundInRun[] {
  const text = content.toString('latin1');
  return [...looks].flatMap(([secret, look]) =>
    [...text.matchAll(look)]
      .slice(0, mostTold)
      .map(({ index }) => placeOf({ secret, form: 'by its look' }, file, content, index)),
  );
}

function placeOf({ secret, form }: Omit<Needle, 'bytes'>, file: string, content: Buffer, at: number): FoundInRun {
  const before = content.subarray(0, at);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.toString('latin1').split('\n').length;
  const begins = before
    .subarray(start, Math.min(at, start + 120))
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '.');
  return { secret, form, file, line, begins };
}

function standsRightly(found: FoundInRun): boolean {
  return rightly.some(({ file, secret }) => found.file.includes(file) && found.secret === secret);
}

/** For a terminal. */
export function searchedLines({ files, bytes, found }: Searched, seconds: number): string {
  const size = `${files} files, ${Math.round(bytes / 1e6)} MB, ${seconds.toFixed(1)} s`;
  if (found.length === 0) return `No secret in what the gateways of this run wrote, answered and stored (${size}).\n`;
  return [
    `Secrets stand where they should not (${size}):`,
    ...found.map(
      ({ secret, form, file, line, begins }) => `  ${file}:${line} ${secret}, ${form}, after: ${begins.trim()}`,
    ),
    '',
  ].join('\n');
}
