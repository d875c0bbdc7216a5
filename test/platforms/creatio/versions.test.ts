import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../../../src/lib/exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { command, orderOf, read, supervisor } from './instance.js';

const first = '5c4e3a00-0000-4000-8000-000000000001';
const second = '5c4e3a00-0000-4000-8000-000000000002';
const collection = '651ec16f-d140-46db-b9e2-825c985a8ac2';

/** An adapter, signed in, whose instance answers as said, and the paths and bodies that it was asked. */
async function meeting(answers: readonly JsonObject[]): Promise<{ platform: Platform; asked: string[] }> {
  const cookies = { 'set-cookie': ['BPMCSRF=a; path=/', '.ASPXAUTH=b; path=/'] };
  const left: HttpAnswer[] = [
    { status: 200, headers: cookies, body: '{"Code":0}' },
    ...answers.map((body) => ({ status: 'error' in body ? 500 : 200, headers: {}, body: JSON.stringify(body) })),
  ];
  const asked: string[] = [];
  const settings = creatio.readSettings({ runtime: 'netframework' });
  if (!('value' in settings)) throw new Error('The settings are wrong');
  const platform = creatio.open(
    { key: 'test', baseUrl: 'https://instance.test', auth: supervisor, settings: settings.value },
    {
      exchange: async ({ url, body }) => {
        asked.push(decodeURIComponent(url) + (body ?? ''));
        const next = left.shift();
        if (!next) throw new Error('More requests than this were made');
        return next;
      },
      renewAuth: async () => undefined,
      spent: () => undefined,
    },
  );
  await platform.signIn?.(command());
  return { platform, asked };
}

const row = (Name: string, UId: string, IsActiveVersion: boolean): JsonObject => ({
  Name,
  UId,
  IsActiveVersion,
  Caption: 'Invoice',
});
const rows = (...value: readonly JsonObject[]): JsonObject => ({ value });
const parameters = [
  { name: 'Sum', dataValueType: '57ee4c31-5ec4-45fa-b95d-3a2868aa89a8', direction: 0 },
  { name: 'Lines', dataValueType: collection, direction: 1 },
];
const signature: JsonObject = { schema: { metaData: JSON.stringify({ metaData: { schema: { parameters } } }) } };

describe('a process whose active version has another code', () => {
  it('takes what that version takes, so that an unknown input is refused here', async () => {
    const { platform, asked } = await meeting([
      rows(row('UsrInvoice', first, false)),
      rows(row('UsrInvoiceShop2', second, true)),
      signature,
    ]);

    const definition = await platform.definition('UsrInvoice', read());

    expect(definition).toMatchObject({ definition: 'UsrInvoice', parameters: [{ name: 'Sum', type: 'number' }] });
    expect(asked.at(-2)).toContain(`VersionParentUId eq ${first} and IsActiveVersion eq true`);
    expect(asked.at(-1)).toContain(second);
    const request = { definition: 'UsrInvoice', subject: null, results: [], options: {} };
    expect(platform.prepare({ ...request, variables: { Summe: 1 } }, definition).faults).toMatchObject([
      { pointer: '/variables/Summe', code: 'unknown-variable' },
    ]);
  });

  it('is looked for under both codes when its start was lost', async () => {
    const { platform, asked } = await meeting([
      rows(row('UsrInvoice', first, false)),
      rows(row('UsrInvoiceShop2', second, true)),
      signature,
      { success: true, rows: [{ Id: first }] },
      rows(),
    ]);
    const spec = await platform.definition('UsrInvoice', read());

    await platform.findLost?.(orderOf('UsrInvoice', { spec }), { from: new Date(0), to: new Date(1) }, read());

    expect(asked.at(-1)).toContain("(SysSchema/Name eq 'UsrInvoice' or SysSchema/Name eq 'UsrInvoiceShop2')");
  });

  it.each<[string, JsonObject]>([
    ['none is active', rows()],
    ['two are active', rows(row('A', first, true), row('B', second, true))],
    ['the library has no such column', { error: { code: '', message: 'An error has occurred.' } }],
  ])('is known in outline where %s', async (_why, versions) => {
    // What OData refuses is asked of DataService too.
    const selected = { responseStatus: { ErrorCode: 'ItemNotFoundException' }, success: false };
    const { platform } = await meeting([rows(row('UsrInvoice', first, false)), versions, selected]);

    expect(await platform.definition('UsrInvoice', read())).toMatchObject({
      outline: true,
      inputSchema: { type: 'object' },
    });
  });
});

describe('a result', () => {
  const answer = (Lines: string | JsonObject[]): JsonObject => ({
    processId: first,
    processStatus: 2,
    success: true,
    errorInfo: null,
    resultParameterValues: { Lines, Unasked: 1 },
  });

  it.each<[string, string | JsonObject[]]>([
    ['an array', [{ Product: 'Chair' }]],
    ['a quoted array', '[{"Product":"Chair"}]'],
  ])('that is a collection comes as objects from %s', async (_how, lines) => {
    const { platform } = await meeting([rows(row('UsrInvoice', first, true)), signature, answer(lines)]);
    const spec = await platform.definition('UsrInvoice', read());

    const started = await platform.start(orderOf('UsrInvoice', { spec, results: ['Lines', 'Missing'] }), command());

    expect(started.result).toEqual({ Lines: [{ Product: 'Chair' }], Missing: null });
  });

  it('that is a text stays one, whatever it holds', async () => {
    const { platform } = await meeting([answer('[{"Product":"Chair"}]')]);

    const started = await platform.start(orderOf('UsrInvoice', { results: ['Lines'] }), command());

    expect(started.result).toEqual({ Lines: '[{"Product":"Chair"}]' });
  });
});
