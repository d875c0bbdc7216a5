import type { Json, JsonObject } from '../../src/lib/json.js';
import { platformKindOf } from '../../src/platforms/registry.js';
import type { Sandbox, SandboxKind } from '../../src/platforms/sandbox.js';
import { sandboxKinds } from '../../src/platforms/sandboxes.js';

/** One way to start something, at one platform, with a value that finds it again in the platform's own log. */
export interface ProofStart {
  readonly name: string;
  /** A key for a connection that can do it. */
  readonly key: string;
  readonly sandbox: SandboxKind;
  /** Which of the sandbox's connections can do it. */
  readonly connection: number;
  /** `definition`, `subject`, `variables` of a start that goes on until it is stopped. */
  readonly fields: (unique: string) => JsonObject & { readonly definition: string };
}

const [bitrix24, creatio] = ['bitrix24', 'creatio'].map(sandboxOf);
if (!bitrix24 || !creatio) throw new Error('There are two sandboxes');

export const workflow: ProofStart = {
  name: 'workflow',
  key: 'workflow',
  sandbox: bitrix24,
  connection: 0,
  fields: (unique) => ({ definition: '3', subject: { type: 'crm.lead', id: '1' }, variables: { Note: unique } }),
};

const signing: ProofStart = {
  name: 'signing',
  key: 'signing',
  sandbox: bitrix24,
  connection: 1,
  fields: (unique) => ({ definition: 'sign.b2e.document', variables: signed(unique) }),
};

const creatioProcess: ProofStart = {
  name: 'Creatio process',
  key: 'creatio',
  sandbox: creatio,
  connection: 0,
  fields: (unique) => ({ definition: 'UsrWaiting', variables: { Document: unique } }),
};

/** Every way to start; the sandbox's log tells them apart by the value that each one carries. */
export const proofStarts: readonly ProofStart[] = [workflow, signing, creatioProcess];

let last = 0;

/** A value that no other start of this run of node has; it survives JSON, URLs and forms as it is. */
export function uniqueValue(): string {
  last += 1;
  return `proof-${process.pid}x${last}x`;
}

const uniquePattern = /proof-\d+x\d+x/;

/** The unique value that a request, an answer or a line of a log carries; `null`: none. */
export function uniqueIn(text: string): string | null {
  return uniquePattern.exec(text)?.[0] ?? null;
}

/** A simulated portal in this process, with nothing in it. */
export function openSandbox({ sandbox }: ProofStart): Promise<Sandbox> {
  return sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
}

/** The unique values of the runs that a portal has executed, by its own log; one that ran twice is there twice. */
export async function executed(portal: { readonly url: string }): Promise<readonly string[]> {
  const runs = (await (await fetch(`${portal.url}/_sandbox/runs`)).json()) as readonly Json[];
  return runs.flatMap((run) => uniqueIn(JSON.stringify(run)) ?? []);
}

function sandboxOf(platform: string): SandboxKind {
  const found = sandboxKinds.find((kind) => kind.platform === platform);
  if (!found) throw new Error(`There is no sandbox of ${platform}`);
  return found;
}

function signed(externalId: string): JsonObject {
  const example = platformKindOf('bitrix24')?.examples.starts.find(
    ({ body }) => body['definition'] === 'sign.b2e.document',
  );
  const { variables } = example?.body ?? {};
  const externalSettings = { externalId, externalDateCreate: '2026-02-18T09:19:34Z' };
  return { ...Object(variables), externalSettings };
}
