import { describe, expect, it } from '@jest/globals';
import { valuesOf, withheld, withholding, withholdingOf, withoutValues } from '../../src/dispatch/withheld.js';
import { Refused } from '../../src/platforms/platform.errors.js';
import type { NativeCall, StartOrder } from '../../src/platforms/run.js';
import { orderOf } from '../../src/processes/order.js';
import { aProcess } from '../processes/samples.js';

/** A platform that writes dates and amounts in its own way, and users into an address. */
const platform = {
  nativeCall: ({ definition, variables }: StartOrder): NativeCall => ({
    method: 'POST',
    url: `https://portal.example/start?by=${variables['By'] === 'Söhne' ? 'S%C3%B6hne' : ''}`,
    headers: {},
    body: {
      template: definition,
      values: {
        Born: variables['Born'] === '1985-03-07' ? '07.03.1985' : null,
        Pay: variables['Salary'] === 471_100 ? '471100|RUB' : null,
      },
    },
  }),
};
const sensitive = ['Salary', 'Readers', 'Nothing', 'Born', 'By'];
const process = aProcess({ sensitive, variables: { Salary: '[redacted]', Title: 'Contract' } });
const order = orderOf(process, {
  Salary: 471_100,
  Readers: ['user_15', 'user_1'],
  Born: '1985-03-07',
  By: 'Söhne',
  Title: 'Contract',
});
const values = valuesOf(process, order, platform);
const said = (message: string): string =>
  withoutValues({ failure: { code: 'failed', message } }, values).failure.message;

describe('what a platform says of values that are shown to nobody', () => {
  it('is without them in an error, its own words and code included, the longest first', async () => {
    const native = { code: 'NOT_471100', message: 'user_15 may not have 471100 of Contract', httpStatus: 400 };
    const refused = new Refused('rejected', 'It refuses 471100', native);
    const start = (): Promise<never> => Promise.reject(refused);
    await expect(withholding(() => values, start)).rejects.toBe(refused);
    expect([refused.message, refused.native]).toEqual([
      'It refuses [redacted]',
      { code: 'NOT_[redacted]', message: '[redacted] may not have [redacted] of Contract', httpStatus: 400 },
    ]);
  });

  it.each([
    ['a date', 'Not 07.03.1985 of Contract'],
    ['an amount with its currency', 'Not 471100|RUB of Contract'],
    ['a part of an address', 'Not Söhne of Contract'],
  ])('is without them in the form in which it got them: %s', (_, message) => {
    expect(said(message)).toBe('Not [redacted] of Contract');
  });

  it('keeps what it got of others', () => {
    const message = `No template ${order.definition} of Contract at portal.example`;
    expect(said(message)).toBe(message);
  });

  it('is without them in the failure of a run', () => {
    expect(said('No 471100 for user_1')).toBe('No [redacted] for [redacted]');
  });

  it('is without what a command gives them', async () => {
    const operation = { input: { elementId: 'e1', fields: { Salary: 815_000, Title: 'Contract' } } };
    const refused = new Refused('rejected', 'It refuses 815000 of Contract in e1');
    await expect(withholdingOf({ operation, process }, () => Promise.reject(refused))).rejects.toThrow(
      'It refuses [redacted] of Contract in e1',
    );
  });

  it('keeps its words where nothing is marked', () => {
    const failure = { code: 'failed', message: 'No 471100' };
    expect(withoutValues({ failure }, valuesOf(aProcess(), order, platform))).toEqual({ failure });
    expect(withheld(new Error('471100'), values)).toEqual(new Error('471100'));
  });
});
