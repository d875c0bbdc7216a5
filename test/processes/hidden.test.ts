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
    ['in JSON of ASCII', `O'Neil & \\"S\\u00f6hne\\" <b>81235<\\/b>`],
    ['in an address of small letters', "O'Neil%20%26%20%22S%c3%b6hne%22%20%3cb%3e81235%3c%2fb%3e"],
    ['in a form', 'O%27Neil+%26+%22S%C3%B6hne%22+%3Cb%3E81235%3C%2Fb%3E'],
    ['in capitals', value.toUpperCase()],
  ])('is taken out %s', (_, repeated) => {
    expect(withoutTexts(`Wrong value: ${repeated}.`, [value])).toBe('Wrong value: [redacted].');
  });

  it.each([0, 1, 2])('is taken out in base64, %d bytes behind what stands before it', (before) => {
    const said = Buffer.from(`${'-'.repeat(before)}${value}-`).toString('base64');
    const rest = withoutTexts(`Wrong value: ${said}.`, [value]);
    expect(rest).toMatch(/^Wrong value: [\w+/=]{0,4}\[redacted\][\w+/=]{0,4}\.$/);
  });

  it('is taken out where it is cut in the middle of a message', () => {
    const long = 'a secret of many words, for three people';
    expect(withoutTexts(`Wrong value: ${long.slice(0, 25)}… in line 7`, [long])).toBe(
      'Wrong value: [redacted]… in line 7',
    );
  });

  it('is taken out where the message is cut within it', () => {
    const long = 'a secret of many words, '.repeat(40);
    expect(withoutTexts(`Wrong value: ${long}`.slice(0, 500), [long])).toBe('Wrong value: [redacted]');
  });

  it('leaves what only looks alike', () => {
    const words = ['a secret', '123', 'Yes', 'Approval of the contract with a supplier'];
    const message = 'Wrong value: a seller, 123, Yes, Approval of the budget';
    expect(withoutTexts(message, words)).toBe(message);
  });
});
