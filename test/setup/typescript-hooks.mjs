import { transformFile } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// A test starts many such processes; each file is transformed for the first of them only.
const cache = join(tmpdir(), 'bpm-gateway-transformed');

/** Our imports name the file that the build will make, `./x.js`; the source beside it is `./x.ts`. */
export function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return next(specifier, context);
  const source = specifier.replace(/\.js$/, '.ts');
  return next(existsSync(new URL(source, context.parentURL)) ? source : specifier, context);
}

/** Settings come from .swcrc, as in the tests themselves. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: await transformed(fileURLToPath(url)), shortCircuit: true };
}

async function transformed(path) {
  const source = await readFile(path);
  const kept = join(cache, createHash('sha256').update(path).update(source).digest('hex'));
  const found = await readFile(kept, 'utf8').catch(() => null);
  if (found !== null) return found;
  const { code } = await transformFile(path);
  // Another user's process may read here and not write; it does without.
  await keep(code, kept).catch(() => {});
  return code;
}

async function keep(code, kept) {
  await mkdir(cache, { recursive: true });
  // Whole or not at all: another process may be reading it.
  const unfinished = `${kept}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, kept);
}
