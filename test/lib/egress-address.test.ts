import { inwardAddressOf, reachable } from '../../src/lib/egress-address.js';

const seen = (url: string, allow: readonly string[] = []): Promise<string | null> =>
  inwardAddressOf(new URL(url).hostname, reachable(allow));

describe('a host that points inward', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://10.1.2.3/',
    'http://172.31.255.255/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
  ])('is seen in %s', async (url) => {
    expect(await seen(url)).not.toBeNull();
  });

  it('is seen where any one address of a name is inward', async () => {
    expect(await inwardAddressOf('portal.example', reachable([]), async () => ['93.184.216.34', '10.0.0.7'])).toBe(
      '10.0.0.7',
    );
  });

  it('is no longer inward where the operator allows its range', async () => {
    expect(await seen('http://127.0.0.1/', ['127.0.0.0/8'])).toBeNull();
    expect(await seen('http://10.0.0.7/', ['127.0.0.0/8', '10.0.0.7'])).toBeNull();
    expect(await seen('http://[fd00::7]/', ['fd00::/8'])).toBeNull();
  });
});

describe('a host on the public internet', () => {
  it.each(['http://93.184.216.34/', 'http://[2606:2800:220:1::1]/'])('is let through: %s', async (url) => {
    expect(await seen(url)).toBeNull();
  });

  it('is let through where its name does not resolve yet', async () => {
    expect(await inwardAddressOf('portal.example', reachable([]), async () => [])).toBeNull();
  });
});
