/**
 * Lets node run the sources as they are: `node --import ./test/setup/typescript.mjs some-file.ts`, with no build that
 * could be stale. For what runs beside jest: its global set-up, and processes that a test starts in order to kill them.
 */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
