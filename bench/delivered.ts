import { readFileSync } from 'node:fs';

const { start } = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly scripts: { readonly start: string };
  }
).scripts;

/** What Node is given to run the gateway as it is delivered: the words of `npm start` behind `node`. */
export const delivered: readonly string[] = start.split(' ').slice(1);
