import { describe, expect, it } from '@jest/globals';
import { originOf } from '../../src/lib/origin.js';

describe('the portal behind an address', () => {
  it.each([
    'https://portal.example',
    'https://portal.example/',
    'https://PORTAL.example/rest/1/secret/x.json',
    'https://portal.example:443',
    'https://portal.example./rest/',
    'HTTPS://Portal.Example.:443/',
  ])('is the same one in %s', (url) => {
    expect(originOf(url)).toBe('https://portal.example');
  });

  it.each(['https://portal.example:8443', 'http://portal.example', 'https://other.example'])(
    'is another one in %s',
    (url) => {
      expect(originOf(url)).not.toBe('https://portal.example');
    },
  );
});
