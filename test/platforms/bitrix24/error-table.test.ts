import { describe, expect, it } from '@jest/globals';
import { secret } from './answering.js';
import { endOf, endOfWhole, operations, type Said } from './error-operations.js';
import { errorRows, type Row } from './error-rows.js';

const auths = ['webhook', 'oauth'] as const;
const asked = Object.entries(operations).flatMap(([name, operation]) =>
  auths
    .filter((auth) => auth === 'oauth' || !operation.application)
    .map((auth) => ({ name: `${name} by ${auth}`, operation, auth })),
);

/** A webhook has no token to renew: only a person can help. */
const expectedOf = ({ means }: Row, kind: keyof Row['tells'], auth: string): string => {
  const word = means[kind] ?? means.otherwise;
  return word === 'Busy sign_in' && auth === 'webhook' ? 'Busy credentials' : word;
};

const titled = errorRows.map((row) => [`${row.section} ${JSON.stringify(row.error)} ${row.text ?? ''}`, row] as const);

describe.each(titled)('%s', (_, row) => {
  const said = (status: number, text = row.text): Said => ({ error: row.error, text, status });

  it('means to every operation, alone or in a batch, by webhook or application, what the table of verdicts says', async () => {
    const seen: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const status of row.statuses) {
      for (const { name, operation, auth } of asked) {
        const word = expectedOf(row, operation.kind, auth);
        seen[`${name} ${status}`] = (await endOf(operation, said(status), auth)).word;
        expected[`${name} ${status}`] = word;
      }
    }

    expect(seen).toEqual(expected);
  });

  it('shows the code and the words of the portal as they came', async () => {
    for (const { operation, auth } of asked.filter(({ operation: { inBatch } }) => !inBatch)) {
      const [status = 400] = row.statuses;
      const { word, native } = await endOf(operation, said(status), auth);
      if (word === 'accepted') continue;
      const code = typeof row.error === 'string' ? row.error : JSON.stringify(row.error);
      expect(native).toEqual({ code, message: row.text ?? '', httpStatus: status });
    }
  });

  it('tells a person what to do', async () => {
    const [status = 400] = row.statuses;
    for (const [kind, tells] of Object.entries(row.tells)) {
      const one = asked.find(({ operation, auth }) => operation.kind === kind && auth === 'oauth');
      if (!one) throw new Error(`Nothing is asked as ${kind}`);
      const { message } = await endOf(one.operation, said(status), 'oauth');
      expect(message).toMatch(tells);
      expect(message).toMatch(/^[A-Z].*\.$/s);
    }
  });
});

describe('the text of a failure', () => {
  const named = errorRows.filter(({ error }) => typeof error === 'string' && error !== '');

  it.each(['Доступ запрещён', '', undefined, 'Wrong DOCUMENT_ID!', 'WorkflowAlreadyExists', '<b>expired_token</b>'])(
    'changes nothing beside a code: %j',
    async (text) => {
      for (const row of named) {
        const [status = 400] = row.statuses;
        for (const { name, operation, auth } of asked) {
          const { word } = await endOf(operation, { error: row.error, text, status }, auth);
          expect([name, row.error, word]).toEqual([name, row.error, expectedOf(row, operation.kind, auth)]);
        }
      }
    },
  );

  it('is shown without markup, addresses and secrets, and so is the code', async () => {
    const text = `<script>x</script> https://p.example/rest/1/${secret}/x canary-of-the-access-token ${'я'.repeat(900)}`;
    for (const error of [`<i>${secret}</i>`, 'ACCESS_DENIED', '', { code: secret, message: text }]) {
      for (const { operation, auth } of asked) {
        const { shown, native } = await endOf(operation, { error, text, status: 400 }, auth);
        expect(shown).not.toMatch(
          auth === 'webhook' ? /canary-of-the-webhook|https:|<script|<i>/ : /canary-of-the-access|https:|<script|<i>/,
        );
        expect((native?.message ?? '').length).toBeLessThanOrEqual(500);
      }
    }
  });
});

describe('a batch that is refused as a whole', () => {
  const system = errorRows.filter(({ section, error }) => section === '§1.5' && error !== '');

  it.each(system.map((row) => [String(row.error), row] as const))('with %s is that to each command', async (_, row) => {
    for (const status of row.statuses) {
      for (const { name, operation, auth } of asked.filter(({ operation: { inBatch } }) => inBatch)) {
        const { word } = await endOfWhole(operation, { error: row.error, text: row.text, status }, auth);
        expect([name, status, word]).toEqual([name, status, expectedOf(row, operation.kind, auth)]);
      }
    }
  });
});
