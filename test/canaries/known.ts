import { simulatedMark } from '../../src/lib/simulated-secret.js';
import { applicationToken } from '../../src/platforms/bitrix24/sandbox/callbacks.js';
import { application } from '../../src/platforms/bitrix24/sandbox/token-server.js';
import { sandboxClient, sandboxUser } from '../../src/platforms/creatio/sandbox/gate.js';

const keyOf = (byte: number): Buffer => Buffer.alloc(32, byte);

/**
 * Every secret that tests give to gateways, or the beginning that several of them have in common. A test that needs another
 * one begins it with `canary-`, a key of an administrator with `key-of-the-admin`, or adds it here: what is not here is not
 * looked for.
 */
export const known: ReadonlyMap<string, string> = new Map([
  ['a sample secret of a test', 'canary'],
  ['the key of an administrator', 'key-of-the-admin'],
  ['the webhook of a simulated portal', 'sandboxwebhook0'],
  ['the secret of the application at a simulated portal', application.clientSecret],
  ['the application token of a simulated portal', applicationToken],
  ['the password of a simulated instance', sandboxUser.password],
  ['another password of a simulated instance', 'Colleague-password'],
  ['the secret of the application at a simulated instance', sandboxClient.clientSecret],
  ['a token, code or session of a sandbox', simulatedMark],
  ['a session of a simulated instance', simulatedMark.toUpperCase()],
  ['the file of a signing', Buffer.from('%PDF-1').toString('base64')],
  ...[1, 3, 5, 7, 9].flatMap((byte): [string, string][] => [
    [`the key of credentials ${byte}`, keyOf(byte).toString('base64')],
    [`the key of credentials ${byte}, as bytes`, keyOf(byte).toString('latin1')],
  ]),
]);

/** What is a secret by its look, since it is made by chance: keys and report tokens of ours, tokens that are signed. */
export const looks: ReadonlyMap<string, RegExp> = new Map([
  ['a key or a report token', /bpmgw_[\w-]{40,}/g],
  ['the secret of a webhook', /whsec_[\w+/]{40,}/g],
  ['a signed token', /\beyJ[\w-]{15,}\.eyJ[\w-]{10,}/g],
]);

/** Where one of them stands rightly: a part of the file's name, and what may stand there. */
export const rightly: readonly { readonly file: string; readonly secret: string }[] = [];
