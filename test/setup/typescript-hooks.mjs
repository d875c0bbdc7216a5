import { transformFile } from '@swc/core';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Our imports name the file that the build will make, `./x.js`; the source beside it is `./x.ts`. */
export function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return next(specifier, context);
  const source = specifier.replace(/\.js$/, '.ts');
  return next(existsSync(new URL(source, context.parentURL)) ? source : specifier, context);
}

/** Settings come from .swcrc, as in the tests themselves. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const { code } = await transformFile(fileURLToPath(url));
  return { format: 'module', source: code, shortCircuit: true };
}
