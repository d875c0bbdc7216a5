import { sees } from '../../src/processes/client.js';
import type { Visibility } from '../../src/processes/process.reader.js';
import { aProcess, clientId } from './samples.js';

const everything: Visibility = { connections: null, definitions: null, clientId: null };
const process = aProcess({ connection: 'sales', definition: '1', clientId });

function seen(visible: Partial<Visibility>): boolean {
  return sees({ visible: { ...everything, ...visible } }, process);
}

describe('a client', () => {
  it('that nothing limits sees every process', () => {
    expect(seen({})).toBe(true);
  });

  it.each<[string, Partial<Visibility>]>([
    ['connections', { connections: ['sales'] }],
    ['definitions', { definitions: ['2', '1'] }],
    ['its own processes', { clientId }],
    ['all three at once', { connections: ['sales'], definitions: ['1'], clientId }],
  ])('that is limited to %s sees what is among them', (_, visible) => {
    expect(seen(visible)).toBe(true);
  });

  it.each<[string, Partial<Visibility>]>([
    ['another connection', { connections: ['other'] }],
    ['another definition', { definitions: ['2'] }],
    ['no connection at all', { connections: [] }],
    ['the processes of another client', { clientId: '01994f0e-0000-7000-8000-0000000000ff' }],
    ['its own, but on another connection', { connections: ['other'], clientId }],
  ])('that is limited to %s does not', (_, visible) => {
    expect(seen(visible)).toBe(false);
  });
});
