import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bitrix24Sandbox } from '../../../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../../../src/platforms/sandbox.js';

const run = promisify(execFile);

/** A simulated portal by https, and a way to let a script of others call it. */
export interface ForeignPortal {
  readonly sandbox: Sandbox;
  readonly control: (path: string, body: object) => Promise<void>;
  /** Runs a module in a process of its own and gives what it prints in its last line, as JSON. */
  readonly told: (script: string, ...args: readonly string[]) => Promise<Record<string, unknown>>;
}

/** Opens a simulated portal by https, which SDKs insist on, lends it, and closes it. */
export async function withForeignPortal(use: (portal: ForeignPortal) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-'));
  const { key, cert, file } = await throwAwayCertificate(folder);
  const sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null, tls: { key, cert } });
  // Trust of a certificate is read once, when node starts: hence processes of their own, for the controls too.
  const told: ForeignPortal['told'] = async (script, ...args) => {
    const env = { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: file };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, ...args], {
      env,
      timeout: 25_000,
    });
    return Object(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  };
  const control: ForeignPortal['control'] = async (path, body) => {
    const { status } = await told(posting, `${sandbox.url}/_sandbox/${path}`, JSON.stringify(body));
    if (status !== 200) throw new Error(`The control ${path} answers ${String(status)}`);
  };
  try {
    await use({ sandbox, control, told });
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true });
  }
}

const posting = `
  const [url, body] = process.argv.slice(1);
  const { status } = await fetch(url, { method: 'POST', body });
  console.log(JSON.stringify({ status }));
`;

/** A certificate for 127.0.0.1 that lives for a day. */
async function throwAwayCertificate(folder: string): Promise<{ key: string; cert: string; file: string }> {
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=sandbox', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  await run('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', file]);
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(file, 'utf8'), file };
}
