/**
 * Who may know whom. Each comment is a sentence for the person who breaks the rule.
 *
 * A room is a folder of src/. `port` is what stands in src/platforms/ itself; a platform is a folder below it.
 */
const port = '^src/platforms/(?!registry|sandbox)[^/]+\\.ts$';
const list = '^src/platforms/registry\\.ts$';
const lib = '^src/lib/';
const migrations = '^migrations/';
const sandboxes = '^src/platforms/sandboxes\\.ts$|^src/platforms/[^/]+/(sandbox/|[^/]+\\.sandbox\\.ts$)';
/** Files of src/ itself: they put the rooms together. */
const composition = '^src/[^/]+\\.ts$';

const room = (name) => `^src/${name}/`;
const any = (...patterns) => patterns.join('|');
const packages = (...names) => `node_modules/(${names.join('|')})/`;

/** A room sees itself, lib and what is listed; the last word on everything else of ours is no. */
const sees = (name, others, comment) => ({
  name: `${name}-sees`,
  severity: 'error',
  comment,
  from: { path: room(name) },
  to: { path: any('^src/', migrations), pathNot: [lib, room(name), ...others] },
});

/** `from` may name the types of `to`; what runs there is none of its business. */
const typesOnly = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from,
  to: { ...to, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      comment:
        'These files need each other, if only by type: neither can be understood or changed alone. Move what both need into a file of its own.',
      from: {},
      to: { circular: true },
    },

    // rooms
    sees(
      'lib',
      [],
      'lib knows nothing of processes and portals: it could be copied into another house. Hand it what it needs, or put the file where its subject lives.',
    ),
    {
      name: 'platform-sees',
      severity: 'error',
      comment:
        'A platform sees the port (src/platforms/*.ts), lib and itself; no other platform, no room of ours. What it needs comes through the port.',
      from: { path: '^src/platforms/([^/]+)/' },
      to: {
        path: any('^src/', migrations),
        pathNot: [lib, port, '^src/platforms/sandbox\\.ts$', '^src/platforms/$1/'],
      },
    },
    {
      name: 'port-sees',
      severity: 'error',
      comment:
        'The port is what every platform has in common: it sees lib and itself. Only registry.ts and sandboxes.ts name platforms.',
      from: { path: '^src/platforms/[^/]+\\.ts$', pathNot: [list, '^src/platforms/sandboxes\\.ts$'] },
      to: { path: any('^src/', migrations), pathNot: [lib, '^src/platforms/[^/]+\\.ts$'] },
    },
    {
      name: 'only-the-list-names-platforms',
      severity: 'error',
      comment:
        'A platform is known by its line in src/platforms/registry.ts (its sandbox by sandboxes.ts) and by nobody else; ask the port.',
      from: { path: '^src/', pathNot: ['^src/platforms/(registry|sandboxes)\\.ts$', '^src/platforms/([^/]+)/'] },
      to: { path: '^src/platforms/[^/]+/' },
    },
    sees(
      'processes',
      [port, room('connections')],
      'The heart knows no HTTP, no SQL, no dispatcher and no list of platforms. Say what it needs as a port in src/processes and let another room fulfil it.',
    ),
    typesOnly(
      'processes-name-connections',
      { path: room('processes') },
      { path: room('connections') },
      'The heart names the types of connections and is handed the things themselves; import type, and take it in the constructor.',
    ),
    typesOnly(
      'processes-name-the-port',
      { path: room('processes') },
      { path: port, pathNot: '\\.errors\\.ts$' },
      'The heart knows the types and errors of the port; it calls no platform. Calls go out of src/dispatch.',
    ),
    sees(
      'connections',
      [port],
      'Connections know the port and lib: a portal can be registered and tested without a single process.',
    ),
    sees(
      'incidents',
      [port, room('processes'), room('connections')],
      'Incidents see processes and connections by type, and nobody else.',
    ),
    typesOnly(
      'incidents-name-others',
      { path: room('incidents') },
      { path: any(port, room('processes'), room('connections')), pathNot: '\\.errors\\.ts$' },
      'Incidents know others by type; what resolves one is handed in as a port.',
    ),
    sees('webhooks', [room('processes')], 'Webhooks tell the news of processes and know nothing else of ours.'),
    typesOnly(
      'webhooks-name-processes',
      { path: room('webhooks') },
      { path: room('processes') },
      'Webhooks know processes by type: they are told what happened and carry it out.',
    ),
    sees(
      'dispatch',
      [port, room('processes'), room('connections'), room('incidents')],
      'The dispatcher works between the heart and the port; it knows no door, no database and no list of platforms.',
    ),
    sees(
      'storage',
      [port, migrations, ...['processes', 'connections', 'incidents', 'webhooks', 'security'].map(room)],
      'Storage fulfils the ports of other rooms; it knows neither the door nor the dispatcher.',
    ),
    typesOnly(
      'storage-fulfils-ports',
      { path: room('storage') },
      {
        path: '^src/(platforms|processes|connections|incidents|webhooks|security)/',
        // Tables of words (states, scopes) and errors of a port are part of it.
        pathNot: '\\.(store|errors)\\.ts$|^src/processes/process-state\\.ts$|^src/security/caller\\.ts$',
      },
      'Storage knows ports, their errors and types. A rule that it would run belongs to the command that calls it.',
    ),
    sees(
      'http',
      [
        port,
        list,
        ...['processes', 'connections', 'incidents', 'webhooks', 'security'].map(room),
        // What is only read, at this moment, at the portal: nothing is sent that could start or stop.
        '^src/dispatch/list-[^/]+\\.ts$',
      ],
      'The door speaks to commands and readers; the dispatcher, the database and what writes the log are behind them. Of src/dispatch it sees list-*.ts, which read live.',
    ),
    {
      name: 'http-asks-no-platform',
      severity: 'error',
      comment:
        'The door shows the list and the capabilities of platforms; it asks none. Make a command, or a live read in src/dispatch/list-*.ts.',
      from: { path: room('http') },
      to: { path: '^src/platforms/(ask|variables)\\.ts$' },
    },
    sees('security', [], 'Security knows clients and keys, not what they are used for.'),
    sees(
      'observability',
      [],
      'Observability fulfils small ports of lib; rooms emit through these and are not known here.',
    ),
    {
      name: 'nobody-knows-the-door',
      severity: 'error',
      comment: 'Only what puts the service together knows src/http: everything behind the door works without it.',
      from: { path: '^src/', pathNot: [room('http'), composition] },
      to: { path: room('http') },
    },
    {
      name: 'observability-is-handed-in',
      severity: 'error',
      comment: 'Take the Log port of src/lib; who writes it is chosen where the parts are put together.',
      from: { path: '^src/', pathNot: [room('observability'), composition] },
      to: { path: room('observability') },
    },
    {
      name: 'rooms-are-handed-their-settings',
      severity: 'error',
      comment:
        'A room does not reach up into src/*.ts: it is put together there, and takes its settings as parameters.',
      from: { path: '^src/[^/]+/' },
      to: { path: composition },
    },
    {
      name: 'settings-have-one-door',
      severity: 'error',
      comment: 'How the environment is read is between config.ts and config-settings.ts; import Config.',
      from: { path: '^src/', pathNot: '^src/config\\.ts$' },
      to: { path: '^src/config-settings\\.ts$' },
    },
    {
      name: 'migrations-stand-alone',
      severity: 'error',
      comment: 'A migration must mean the same in ten years, so it imports nothing of ours.',
      from: { path: migrations },
      to: { path: any('^src/', '^test/') },
    },
    {
      name: 'migrations-are-run-by-storage',
      severity: 'error',
      comment: 'Migrations are listed in src/storage/migrate.ts, in order, and used by nobody else.',
      from: { path: '^src/', pathNot: '^src/storage/migrate\\.ts$' },
      to: { path: migrations },
    },

    // sandboxes
    {
      name: 'no-sandbox-in-production',
      severity: 'error',
      comment:
        'A simulated portal is reached through src/platforms/sandboxes.ts alone: what serves customers must not lean on a simulator.',
      from: { path: '^src/', pathNot: sandboxes },
      to: { path: '^src/platforms/[^/]+/(sandbox/|[^/]+\\.sandbox\\.ts$)' },
    },
    {
      name: 'sandboxes-are-started-once',
      severity: 'error',
      comment:
        'Sandboxes are started by src/sandbox.ts, told which by src/gateway.ts; nobody else knows that they exist.',
      from: { path: '^src/', pathNot: ['^src/(gateway|opened-door|sandbox|app\\.module)\\.ts$', sandboxes] },
      to: { path: '^src/sandbox\\.ts$|^src/platforms/sandboxes?\\.ts$' },
    },
    {
      name: 'only-sandboxes-simulate',
      severity: 'error',
      comment: 'src/lib/simulator.ts answers like somebody else; only a sandbox may.',
      from: { path: '^src/', pathNot: sandboxes },
      to: { path: '^src/lib/simulator\\.ts$' },
    },

    // packages
    {
      name: 'sql-stays-in-storage',
      severity: 'error',
      comment:
        'typeorm and pg are known by src/storage and migrations. Ask through a port; the pool itself is the token Database of src/storage/database.ts.',
      from: { pathNot: [room('storage'), migrations, '^(test|bench)/'] },
      to: { path: packages('typeorm', 'pg', '@types/pg') },
    },
    {
      name: 'one-way-out',
      severity: 'error',
      comment:
        'Requests leave through the Exchange of src/lib/guarded-exchange.ts, messages to webhooks through the Post of guarded-post.ts, so that no address, redirect or proxy gets around the egress guard. Take one of them.',
      from: { path: '^src/', pathNot: ['^src/lib/guarded-(exchange|post|agent)\\.ts$'] },
      to: { path: packages('axios', 'undici', 'got', 'node-fetch') },
    },
    typesOnly(
      'no-sockets-of-ones-own',
      {
        path: '^src/',
        // A simulator and the embedded server's socket listen; cidr, loopback and the address in the greeting only read addresses (isIP).
        pathNot: [
          '^src/lib/(guarded-exchange|guarded-agent|checked-lookup|egress-address|egress-rules|wrapped-address|simulator|cidr|loopback|more-acceptors)\\.ts$',
          // The door listens, and an answer that goes nowhere shows which headers a page gets.
          '^src/http/(http-server|security-headers)\\.ts$',
          '^src/storage/embedded/',
          '^src/opened-door\\.ts$',
        ],
      },
      { path: '^(node:)?(http|https|http2|net|tls|dgram|dns|dns/promises)$' },
      'A socket opened here goes around the egress guard. Take an Exchange.',
    ),
    {
      name: 'the-frame-stays-at-the-door',
      severity: 'error',
      comment:
        'Nest, Fastify and class-validator are known by src/http and by what puts the service together. Rooms are plain classes: their needs come in the constructor.',
      from: { path: '^src/[^/]+/', pathNot: [room('http'), '^src/observability/nest-log\\.ts$'] },
      to: {
        path: packages(
          '@nestjs',
          '@fastify',
          'fastify',
          'rxjs',
          'class-validator',
          'class-transformer',
          'reflect-metadata',
        ),
      },
    },
    {
      name: 'console-stands-on-the-api',
      severity: 'error',
      comment: "The operator's page is built on the public API alone; it imports nothing of ours.",
      from: { path: '^console/' },
      to: { path: any('^src/', migrations, '^test/') },
    },
    {
      name: 'production-needs-no-tests',
      severity: 'error',
      comment: 'src and migrations must run where test/, bench/ and their packages are not installed.',
      from: { path: any('^src/', migrations) },
      to: { path: '^(test|bench|[.]check)/' },
    },
    {
      name: 'production-needs-no-tools',
      severity: 'error',
      comment:
        'This package is a devDependency: it is not there in production. Move it to dependencies, or do without.',
      from: { path: any('^src/', migrations) },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'listed-in-package-json',
      severity: 'error',
      comment: 'This package is there by luck, through another one. List it in package.json.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'exists',
      severity: 'error',
      comment: 'This import leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
    reporterOptions: { text: { highlightFocused: true } },
  },
};
