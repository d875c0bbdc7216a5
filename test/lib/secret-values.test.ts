import { describe, expect, it } from '@jest/globals';
import { SecretValues } from '../../src/lib/secret-values.js';

const secret = 'kq7"/+ pä$word-4711';

function known(...secrets: readonly string[]): SecretValues {
  const values = new SecretValues();
  for (const one of secrets) values.add(one);
  return values;
}

describe('a secret that is known', () => {
  const aligned = [0, 1, 2].map((before) => Buffer.from(`${'u'.repeat(before)}${secret}:rest`));
  const forms: readonly (readonly [string, string])[] = [
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ...aligned.map((bytes, before) => [`in base64 after ${before} bytes`, bytes.toString('base64')] as const),
    ...aligned.map((bytes, before) => [`in base64url after ${before} bytes`, bytes.toString('base64url')] as const),
  ];

  it.each(forms)('is taken out %s', (_, form) => {
    const shown = known(secret).hide(`before ${form} after`);
    expect(shown).toMatch(/^before .*\[redacted\].* after$/);
    expect(shown).not.toContain(form);
  });

  it('is taken out wherever it stands, and however often', () => {
    expect(known('abcdefgh').hide('abcdefghabcdefgh-abcdefg')).toBe('[redacted][redacted]-abcdefg');
  });

  it('is taken out whole where it begins like another', () => {
    expect(known('abcdefgh', 'abcdefghij').hide('x abcdefghij y')).toBe('x [redacted] y');
  });

  it('is not looked for where it is so short that it turns up by chance', () => {
    expect(known('admin').hide('the admin of the portal')).toBe('the admin of the portal');
  });

  it('is forgotten after twenty thousand others, unless it is to be kept', () => {
    const values = known('an-old-token');
    values.keep('a-setting-of-ours');
    for (let at = 0; at < 20_000; at += 1) values.add(`token-number-${at}`);
    expect(values.hide('an-old-token a-setting-of-ours token-number-3')).toBe('an-old-token [redacted] [redacted]');
  });
});
