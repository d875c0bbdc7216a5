import { readFile, writeFile } from 'node:fs/promises';
import { billOf } from './bill-of-materials.js';

// Of the build: dist/sbom.json goes where dist goes, the lock file need not.
const lock = await readFile('package-lock.json', 'utf8');
await writeFile(new URL('../sbom.json', import.meta.url), billOf(lock));
