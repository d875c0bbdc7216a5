import { SealBroken, SecretBox, type SealedPlace } from '../../src/lib/secret-box.js';

const old = { id: 'old', key: Buffer.alloc(32, 1) };
const young = { id: 'new', key: Buffer.alloc(32, 2) };
const place: SealedPlace = { table: 'connections', row: 'sales-portal', column: 'auth_sealed' };

describe('a sealed text', () => {
  const box = new SecretBox([young, old]);

  it('opens again in its own place', () => {
    expect(box.open(box.seal('пароль "7"', place), place)).toBe('пароль "7"');
  });

  it('is never sealed twice into the same bytes', () => {
    expect(box.seal('secret', place).equals(box.seal('secret', place))).toBe(false);
  });

  it('does not hold the text', () => {
    expect(box.seal('canary-4711', place).toString('latin1')).not.toContain('canary-4711');
  });

  it.each([
    { ...place, row: 'other-portal' },
    { ...place, table: 'clients' },
    { ...place, column: 'settings' },
    { table: 'connection', row: 'ssales-portal', column: 'auth_sealed' },
  ])('does not open in another place: %j', (elsewhere) => {
    expect(() => box.open(box.seal('secret', place), elsewhere)).toThrow(SealBroken);
  });

  it('does not open once any one of its bytes is changed', () => {
    const sealed = box.seal('secret', place);
    for (let index = 1; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open(changed, place)).toThrow(SealBroken);
    }
  });

  it('does not open with the front of its tag alone', () => {
    const sealed = box.seal('', place);
    expect(() => box.open(sealed.subarray(0, -12), place)).toThrow(SealBroken);
  });

  it('does not show its text or its key where it fails to open', () => {
    const sealed = new SecretBox([old]).seal('canary-4711', place);
    const open = (): string => new SecretBox([young]).open(sealed, place);
    expect(open).toThrow('its key "old" is not among CREDENTIALS_KEYS');
    expect(open).not.toThrow('canary');
  });
});

describe('a box with several keys', () => {
  it('seals with the first and opens with any', () => {
    const before = new SecretBox([old]).seal('secret', place);
    const box = new SecretBox([young, old]);

    expect(box.open(before, place)).toBe('secret');
    expect(new SecretBox([young]).open(box.seal('secret', place), place)).toBe('secret');
  });

  it('takes no key of another length', () => {
    expect(() => new SecretBox([{ id: 'short', key: Buffer.alloc(16) }])).toThrow('it must have 32');
  });
});
