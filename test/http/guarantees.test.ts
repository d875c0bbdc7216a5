import { deliveryWords } from '../../src/platforms/delivery.js';
import { durabilityOf } from '../../src/http/durability.js';
import { guaranteesPage } from '../../src/http/guarantees-page.js';
import { weakestDelivery } from '../../src/platforms/delivery.js';
import { platformKinds } from '../../src/platforms/registry.js';
import { startGateway, type TestGateway } from '../gateway.js';

const sound = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', synchronous_standby_names: 'ANY 1 (*)' };

describe('commits', () => {
  it.each([
    ['yes', 'a synchronous standby', sound],
    ['yes', 'one that only has to receive', { ...sound, synchronous_commit: 'remote_write' }],
    ['this_server', 'no standby', { ...sound, synchronous_standby_names: '' }],
    ['this_server', 'a standby that nobody waits for', { ...sound, synchronous_commit: 'local' }],
    ['no', 'synchronous_commit off', { ...sound, synchronous_commit: 'off' }],
    ['no', 'fsync off', { ...sound, fsync: 'off' }],
    ['no', 'half-written pages', { ...sound, full_page_writes: 'off' }],
    ['no', 'settings that are missing', {}],
    ['unknown', 'a database that does not answer', null],
  ] as const)('are kept: %s, with %s', (isKept, _, settings) => {
    expect(durabilityOf(settings).isKept).toBe(isKept);
  });
});

describe('the word of a route that stands for several platforms', () => {
  const [one] = platformKinds;
  const kinds = (...words: readonly ('at_most_once' | 'repeated_safely' | 'read' | null)[]) =>
    words.flatMap((word) => (one ? [{ ...one, delivery: { ...one.delivery, kill: word } }] : []));

  it.each([
    ['at_most_once', ['repeated_safely', 'at_most_once']],
    ['repeated_safely', ['repeated_safely', null]],
    ['repeated_safely', ['read', 'repeated_safely']],
    [null, [null, null]],
  ] as const)('is %s of %j', (weakest, words) => {
    expect(weakestDelivery(kinds(...words), 'kill')).toBe(weakest);
  });
});

describe('the page', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: 'key-of-the-admin' });
  });
  afterAll(async () => {
    await gateway?.close();
  });

  it('is open to everybody, and runs nothing', async () => {
    const answer = await fetch(`${gateway.url}/guarantees`);
    const page = await answer.text();

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<style|style=/);
  });

  it("shows the database's settings as they are", async () => {
    const page = await (await fetch(`${gateway.url}/guarantees`)).text();

    // The cluster of the tests is fast and forgets.
    expect(page).toContain('<td><code>fsync</code></td><td><code>off</code></td>');
    expect(page).toContain('<td><code>synchronous_standby_names</code></td><td>empty</td>');
    expect(page).toContain('I1 to I4 do not hold');
  });

  it('has the word of every operation of every platform', () => {
    const page = guaranteesPage(sound);
    for (const kind of platformKinds) {
      const part = page.slice(page.indexOf(`<h2>${kind.name}</h2>`)).split('</table>')[0] ?? '';
      for (const [operation, delivery] of Object.entries(kind.delivery)) {
        const word = delivery === null ? 'not offered' : `<code>${delivery}</code>`;
        expect(part).toContain(`<td><code>${operation}</code></td><td>${word}</td>`);
      }
    }
  });

  it('does not deny the probes that it names', () => {
    expect(deliveryWords.at_most_once.promised).toContain('unless the connection asks for probes');
  });

  it('is there when the database tells nothing', () => {
    expect(guaranteesPage(null)).toContain('not told');
  });
});

describe('the contract', () => {
  it('says how sure sending is on every route that reaches a platform', async () => {
    const gateway = await startGateway();
    try {
      const document: unknown = await (await fetch(`${gateway.url}/openapi.json`)).json();
      expect(document).toMatchObject({
        paths: {
          '/v1/processes': { post: { 'x-delivery-guarantee': 'at_most_once' } },
          '/v1/processes/{id}': { get: { 'x-delivery-guarantee': 'read' } },
          '/v1/processes/{id}/terminate': { post: { 'x-delivery-guarantee': 'repeated_safely' } },
          '/v1/processes/{id}/kill': { post: { 'x-delivery-guarantee': 'repeated_safely' } },
          '/v1/processes/{id}/retry': { post: { 'x-delivery-guarantee': 'at_most_once' } },
          '/v1/processes/{id}/elements': { get: { 'x-delivery-guarantee': 'read' } },
          '/v1/processes/{id}/elements/{elementId}/complete': { post: { 'x-delivery-guarantee': 'repeated_safely' } },
          '/v1/connections/{key}/definitions': { get: { 'x-delivery-guarantee': 'read' } },
          '/v1/connections/{key}/definitions/{definition}': { get: { 'x-delivery-guarantee': 'read' } },
          '/v1/connections/{key}/test': { post: { 'x-delivery-guarantee': 'read' } },
        },
      });
    } finally {
      await gateway.close();
    }
  });
});
