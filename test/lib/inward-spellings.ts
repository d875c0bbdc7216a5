/** Names that the resolver of a test knows, and what they lead to: inward every time. */
export const inwardNames: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1', '::1'],
  'ip6-localhost': ['::1'],
  'a.portal.example': ['127.0.0.1'],
  'b.portal.example': ['93.184.216.34', '127.0.0.1'],
  'c.portal.example': ['2606:2800:220:1::1', '::1'],
  'd.portal.example': ['::ffff:127.0.0.1'],
  'e.portal.example': ['0.0.0.0'],
  'f.portal.example': ['::'],
  'g.portal.example': ['64:ff9b::7f00:1'],
  'h.portal.example': ['fe80::1%lo'],
  'i.portal.example': ['169.254.169.254'],
  'xn--e1afmkfd.example': ['127.0.0.1'],
};

const loopback = [
  '127.0.0.1|127.1|127.0.1|127.0.0.1.|127.255.255.254|127.000.000.001|2130706433|2130706433.|0x7f000001|0x7F000001',
  '0x7f.0.0.1|0x7f.1|0X7F.1|0x7f.0x0.0x0.0x1|0x7f.0x000001|017700000001|0177.0.0.1|0177.1|00000177.0.0.01|127.0x1',
  '127.0.0x0.01|0x0000007f.1|0|0.|0x0|00|0.0.0.0|0.0|0x00000000|0.0.0.1',
  '１２７.０.０.１|127。0。0。1|127．0．0．1|127｡0｡0｡1|①②⑦.⓪.⓪.①|①②⑦。⓪。⓪。①|¹²⁷.⁰.⁰.¹|₁₂₇.₀.₀.₁|𝟏𝟐𝟕.𝟎.𝟎.𝟏|𝟙𝟚𝟟.𝟘.𝟘.𝟙|𝟷𝟸𝟽.𝟶.𝟶.𝟷|２１３０７０６４３３|０ｘ７ｆ.1',
  '%31%32%37.0.0.1|127%2e0%2e0%2e1|127%2E1|%30|%32%31%33%30%37%30%36%34%33%33|127.0.0%E3%80%821|%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1',
  '127.0.0\u00AD.1|127.0.0.1\u200B|\u206012\u20607.0.0.1|127.0.\uFEFF0.1',
  'localhost|LOCALHOST|LocalHost|localhost.|loc%61lhost|ｌｏｃａｌｈｏｓｔ|ⓛⓞⓒⓐⓛⓗⓞⓢⓣ|ℓocalhost|loca\u00ADlhost|ip6-localhost',
  '[::1]|[0:0:0:0:0:0:0:1]|[0000:0000:0000:0000:0000:0000:0000:0001]|[::0001]|[0::1]|[::0:1]|[::0.0.0.1]|[::]|[0::0]',
  '[::ffff:127.0.0.1]|[::FFFF:7F00:1]|[::ffff:7f00:0001]|[0:0:0:0:0:ffff:127.0.0.1]|[::ffff:0:127.0.0.1]|[::127.0.0.1]|[::7f00:1]|[::ffff:0.0.0.0]',
  '[64:ff9b::127.0.0.1]|[64:ff9b::7f00:1]|[64:ff9b:1::127.0.0.1]|[2002:7f00:1::]|[2002:7f00:1::1]|[2002:7f00:0001:0000::]|[2001:0:7f00:1::]|[2001::80ff:fffe]|[2606:2800:220:1::5efe:7f00:1]|[2606:2800:220:1:200:5efe:7f00:1]',
  '[::1%25lo]|[::1%lo]|[fe80::1%25lo]|[fe80::1]',
];
const inward = [
  '10.0.0.1|10.1|167772161|0xa000001|012.0.0.1|172.16.0.1|172.31.255.254|2886729729|192.168.0.1|192.168.1|3232235521|0300.0250.0.1',
  '169.254.169.254|2852039166|0xa9fea9fe|0251.0376.0251.0376|169.254.43518|１６９.２５４.１６９.２５４|[::ffff:169.254.169.254]|[::ffff:a9fe:a9fe]|[64:ff9b::a9fe:a9fe]|[2002:a9fe:a9fe::]',
  '100.64.0.1|100.100.100.200|1684301000|168.63.129.16|192.0.0.192|192.0.2.1|198.18.0.1|198.51.100.1|203.0.113.1|224.0.0.1|239.255.255.255|240.0.0.1|255.255.255.255|0xffffffff',
  '[fc00::1]|[fd00::1]|[fd00:ec2::254]|[fd20:ce::254]|[fec0::1]|[ff02::1]|[ff0e::1]|[::2]|[1::1]|[100::1]|[4000::1]|[5f00::1]|[8000::1]|[2001:db8::1]|[2001:2::1]|[2001:20::1]|[3fff::1]',
];

function split(rows: readonly string[]): readonly string[] {
  return rows.flatMap((row) => row.split('|'));
}

/** URLs at this port that must never be dialled; those with a name need a resolver that knows `inwardNames`. */
export function inwardUrls(port: number): readonly string[] {
  const hosts = [...split(loopback), ...split(inward), ...Object.keys(inwardNames)];
  const plain = hosts.flatMap((host) => [`http://${host}:${port}`, `https://${host}:${port}`]);
  const at = `127.0.0.1:${port}`;
  return [...plain, `HTTP://${at}`, `hTtPs://${at}`, `http://${at}/a?b#c`, ...formsNobodySends(at)];
}

/** What a parser of URLs makes another address of than a person reads. @param at  host and port */
function formsNobodySends(at: string): readonly string[] {
  const port = at.slice(at.indexOf(':') + 1);
  const slashes = ['http:', 'http:/', 'http:///', 'http://///', '//', '/\\', '', 'http:\\\\', 'http:/\\'].map(
    (start) => start + at,
  );
  const users = ['user', 'user:word', 'portal.example', '', ':', 'portal.example%00', 'portal.example\\'].map(
    (user) => `http://${user}@${at}`,
  );
  const signs = [
    `http://${at}\\.portal.example`,
    `http://portal.example:80#@${at}`,
    `http://${at}@portal.example\t`,
    `ht\ttp://${at}`,
    `http://127.0.\n0.1:${port}`,
    ` http://${at}`,
    `http://${at}\r\n`,
    `\u0000http://${at}`,
    `http://127.0.0.1\t:${port}`,
    `http://${at}\r\nHost: portal.example`,
    `\u00A0http://${at}`,
  ];
  const schemes = 'ftp ws wss gopher unix blob:http view-source:http jar:http'
    .split(' ')
    .map((name) => `${name}://${at}`);
  const none = ['file:///etc/passwd', 'data:text/plain,x', 'javascript:0', 'http://[::1', 'http://', 'https://', ''];
  return [...slashes, ...users, ...signs, ...schemes, ...none];
}
