import { describe, expect, it } from '@jest/globals';
import { command, errorOf, orderOf, read, start, withInstance } from './instance.js';

describe('an instance that hides its tables from OData', () => {
  it('shows a lost start to DataService: of our user, in its span, of its process alone', () =>
    withInstance(async ({ open, turn, runs, requests }) => {
      await turn({ odata: 'none' });
      const platform = open({});
      const colleague = { type: 'forms', username: 'Colleague', password: 'Colleague-password' };
      await start(open({ auth: colleague }), orderOf('UsrLostAnswer')).catch(() => undefined);
      await start(platform, orderOf('UsrWaiting'));
      const from = new Date();
      await errorOf(platform.start(orderOf('UsrLostAnswer'), command()));
      const span = { from, to: new Date(Date.now() + 1000) };

      const look = await platform.findLost?.(orderOf('UsrLostAnswer'), span, read());

      const ours = (await runs()).at(-1);
      expect(look?.candidates).toMatchObject([{ nativeId: ours?.nativeId, run: { state: 'completed' } }]);
      const late = { from: new Date(Date.now() + 3_600_000), to: new Date(Date.now() + 3_700_000) };
      expect((await platform.findLost?.(orderOf('UsrLostAnswer'), late, read()))?.candidates).toEqual([]);
      // What was refused is not asked again.
      expect((await requests()).filter(({ operation }) => operation.startsWith('odata/'))).toHaveLength(1);
    }));

  it('shows the elements of a run and what can be started', () =>
    withInstance(async ({ platform, turn }) => {
      await turn({ odata: 'none' });
      const nativeId = (await start(platform, orderOf('UsrApproval'))).nativeId ?? '';

      const elements = await platform.elements?.({ nativeId, definition: 'UsrApproval' }, read());
      const element = elements?.find(({ state }) => state === 'waiting');

      expect(elements?.map(({ name, startedAt }) => [name, startedAt instanceof Date])).toEqual([
        ['Start', true],
        ['Approve the document', true],
      ]);
      expect(await platform.definitions(read())).toHaveLength(13);
      expect((await platform.definition('UsrOrderCheck', read()))?.parameters.length).toBeGreaterThan(5);
      expect(await platform.completeElement?.(element?.nativeId ?? '', null, command())).toBe(true);
      expect(await platform.completeElement?.(element?.nativeId ?? '', null, command())).toBe(false);
    }));

  it('is asked by OData again after a connection test', () =>
    withInstance(async ({ platform, turn, requests }) => {
      await turn({ odata: 'none' });
      const nativeId = (await start(platform, orderOf('UsrApproval'))).nativeId ?? '';
      await platform.elements?.({ nativeId, definition: 'UsrApproval' }, read());
      await turn({ odata: 'all' });
      await platform.checks.find(({ name }) => name === 'rights')?.run(read());
      await platform.elements?.({ nativeId, definition: 'UsrApproval' }, read());

      expect((await requests()).at(-1)?.operation).toBe('odata/SysProcessElementLog');
    }));

  it('is told as it refused where DataService shows nothing either', () =>
    withInstance(async ({ platform, turn }) => {
      const nativeId = (await start(platform, orderOf('UsrApproval'))).nativeId ?? '';
      await turn({ odata: 'none', dataService: false });

      expect(
        await errorOf(platform.elements?.({ nativeId, definition: 'UsrApproval' }, read()) ?? Promise.resolve()),
      ).toMatchObject({ name: 'Refused', because: 'permission' });
    }));
});
