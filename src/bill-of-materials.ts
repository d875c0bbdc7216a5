import { access, readFile } from 'node:fs/promises';
import { z } from 'zod';

const Package = z.object({
  name: z.string().optional(),
  version: z.string().default('0.0.0'),
  license: z.string().optional(),
  integrity: z.string().optional(),
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
type Package = z.infer<typeof Package>;

/** What npm writes; version 3 of its lock file. */
const Lock = z.object({ packages: z.record(z.string(), Package) });

/** The bill cannot be shown: it was never made. */
export class NoBill extends Error {
  override readonly name = 'NoBill';
}

/**
 * The bill of materials of what runs in production, a CycloneDX 1.5 document: every package of the lock file that is no tool,
 * with its version, licence and checksum, and who needs whom. The same lock gives the same text.
 *
 * Source: cyclonedx.org/docs/1.5/json; `npm sbom` leaves packages out that a tool needs as well (seen with npm 11.19).
 */
export function billOf(lockText: string): string {
  const { packages } = Lock.parse(JSON.parse(lockText));
  const places = new Map(Object.entries(packages).filter(([, { dev }]) => !dev));
  const root = places.get('');
  if (!root) throw new NoBill('The lock file names no package of its own.');
  places.delete('');
  const components = new Map([...places].map(([place, one]) => [refOf(place, one), componentOf(place, one)]));
  const needs = new Map(
    [['', root] as const, ...places].map(([place, one]) => [refOf(place, one), needsOf(place, one, places)]),
  );
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { ...componentOf('', root), type: 'application' } },
    components: sorted(components),
    dependencies: sorted(needs).map(([ref, dependsOn]) => ({ ref, dependsOn })),
  };
  return `${JSON.stringify({ ...bill, components: bill.components.map(([, component]) => component) }, null, 2)}\n`;
}

/** The bill that the build has made, beside it; where the sources run, one made of their lock file now. @throws NoBill */
export async function storedBill(here = import.meta.url): Promise<string> {
  const made = new URL('../sbom.json', here);
  if (await isThere(made)) return readFile(made, 'utf8');
  const lock = new URL('../package-lock.json', here);
  if (await isThere(lock)) return billOf(await readFile(lock, 'utf8'));
  throw new NoBill('There is no bill of materials beside the gateway; `npm run build` makes dist/sbom.json.');
}

function componentOf(place: string, one: Package) {
  const { version, license, integrity, optional } = one;
  const ref = refOf(place, one);
  return {
    type: 'library',
    'bom-ref': ref,
    name: nameOf(place, one),
    version,
    purl: ref,
    ...(place === '' ? {} : { scope: optional ? 'optional' : 'required' }),
    ...(integrity === undefined ? {} : { hashes: hashesOf(integrity) }),
    ...(license === undefined ? {} : { licenses: [licenceOf(license)] }),
  };
}

/** Identifiers of SPDX as they stand, several of them as an expression; what is none by its name. */
function licenceOf(license: string): object {
  if (/^(UNLICENSED|SEE LICENSE)/.test(license)) return { license: { name: license } };
  return /^[\w.+-]+$/.test(license) ? { license: { id: license } } : { expression: license };
}

const algorithms: Readonly<Record<string, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

function hashesOf(integrity: string): object[] {
  return integrity.split(/\s+/).flatMap((one) => {
    const [, name = '', base64 = ''] = /^(\w+)-(.+)$/.exec(one) ?? [];
    const alg = algorithms[name];
    return alg === undefined ? [] : [{ alg, content: Buffer.from(base64, 'base64').toString('hex') }];
  });
}

/** A package URL, e.g. `pkg:npm/%40nestjs/core@12.5.1`. */
function refOf(place: string, one: Package): string {
  return `pkg:npm/${nameOf(place, one).replace('@', '%40')}@${one.version}`;
}

function nameOf(place: string, { name }: Package): string {
  return name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The packages that are found for what one asks for: in its own folder, or in one above it. */
function needsOf(place: string, one: Package, places: ReadonlyMap<string, Package>): string[] {
  const names = Object.keys({ ...one.dependencies, ...one.optionalDependencies });
  const found = names.flatMap((name) => {
    for (let folder: string | null = place; folder !== null; folder = above(folder)) {
      const at = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      const there = places.get(at);
      if (there) return [refOf(at, there)];
    }
    return [];
  });
  return [...new Set(found)].toSorted();
}

function above(folder: string): string | null {
  if (folder === '') return null;
  const at = folder.lastIndexOf('/node_modules/');
  return at === -1 ? '' : folder.slice(0, at);
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

async function isThere(file: URL): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
