import { describe, expect, it } from '@jest/globals';
import { withoutTexts } from '../../src/processes/hidden.js';

describe('what a platform repeats of a value that nobody may see', () => {
  const value = `O'Neil & "Söhne" <b>81235</b>`;
  it.each([
    ['as it is', value],
    ['without its markup, as adapters show it', `O'Neil & "Söhne"  81235`],
    ['as markup', 'O&#039;Neil &amp; &quot;Söhne&quot; &lt;b&gt;81235&lt;/b&gt;'],
    ['in an address', "O'Neil%20%26%20%22S%C3%B6hne%22%20%3Cb%3E81235%3C%2Fb%3E"],
    ['in JSON', `O'Neil & \\"Söhne\\" <b>81235</b>`],
  ])('is taken out %s', (_, repeated) => {
    expect(withoutTexts(`Wrong value: ${repeated}.`, [value])).toBe('Wrong value: [redacted].');
  });

  it('is taken out where the message is cut within it', () => {
    const long = 'a secret of many words, '.repeat(40);
    expect(withoutTexts(`Wrong value: ${long}`.slice(0, 500), [long])).toBe('Wrong value: [redacted]');
  });

  it('leaves what only looks alike', () => {
    expect(withoutTexts('Wrong value: a seller', ['a secret'])).toBe('Wrong value: a seller');
  });
});
