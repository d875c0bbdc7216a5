import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../src/config.js';
import { keepSecretsOf } from '../src/kept-secrets.js';
import { redactedText } from '../src/observability/redact.js';

const key = Buffer.alloc(32, 5);
const secrets = {
  BOOTSTRAP_API_KEY: 'key-of-the-administrator-to-keep',
  DATABASE_URL: 'postgres://gateway:pass%2Fword-of-the-database@db.example/bpm',
  DATABASE_DIRECT_URL: 'postgres://gateway:password-of-the-direct-one@db.example/bpm',
  CREDENTIALS_KEYS: `k1:${key.toString('base64')}`,
};

describe('the secrets among the settings', () => {
  it.each([
    ['the bootstrap key', secrets.BOOTSTRAP_API_KEY],
    ['the password of the database', 'pass/word-of-the-database'],
    ['… as its address has it', 'pass%2Fword-of-the-database'],
    ['the password of the direct address', 'password-of-the-direct-one'],
    ['the key of credentials', key.toString('base64')],
    ['… in hexadecimal', key.toString('hex')],
  ])('are in nothing that is written: %s', (_, secret) => {
    keepSecretsOf(loadConfig(secrets));
    expect(redactedText(`It says ${secret}.`)).not.toContain(secret);
  });
});
