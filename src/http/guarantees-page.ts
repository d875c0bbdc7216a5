import type { FastifyInstance } from 'fastify';
import { deliveryWords } from '../platforms/delivery.js';
import { platformKinds } from '../platforms/registry.js';
import { durabilityOf, durabilitySettings, type DatabaseSettings } from './durability.js';
import { guaranteesOf, invariants, residuals, type OperationGuarantee, type PlatformGuarantee } from './guarantees.js';
import { escaped, htmlPage, marked, pageHeaders } from './html.js';

const { at_most_once_probed: probed } = deliveryWords;

/** How long what the database told is shown: everybody may open the page, and it must cost nothing. */
const keptMs = 10_000;

/** Serves the page that says what is promised, made from the lists that the gateway works by. */
export function serveGuarantees(server: FastifyInstance, settings: () => Promise<DatabaseSettings>): void {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let read: Promise<DatabaseSettings | null> = Promise.resolve(null);
  server.get('/guarantees', { config: { access: 'public' } }, async (_, reply) => {
    const nowMs = performance.now();
    if (nowMs - readAtMs >= keptMs) {
      readAtMs = nowMs;
      read = settings().catch(() => null);
    }
    return reply.headers({ ...pageHeaders, 'cache-control': 'no-cache' }).send(guaranteesPage(await read));
  });
}

/** @param settings  as the database tells them; `null`: it did not */
export function guaranteesPage(settings: DatabaseSettings | null): string {
  return htmlPage(
    'What is promised',
    `<p>The gateway sends a start at most once, loses no start that it has accepted, and says so where nobody can know
whether a start ran. This page is made from the lists that it works by.</p>
<h2>Every start</h2>
${list(invariants)}
${databasePart(settings)}
${guaranteesOf(platformKinds).map(platformPart).join('\n')}
<h2>Connections that ask for probes</h2>
<p>With <code>runIds: "probe"</code>, where the portal keeps run ids, the delivery of <code>start</code> is
<code>at_most_once_probed</code>. Promised: ${marked(probed.promised)} Never promised: ${marked(probed.neverPromised)}</p>
<h2>What is never promised</h2>
${list(residuals)}
<p><a href="/docs">The API</a></p>`,
  );
}

function databasePart(settings: DatabaseSettings | null): string {
  const found = durabilitySettings.map((name) => [`\`${name}\``, shown(settings?.[name])]);
  return `<h2>The database</h2>
<p>${marked(durabilityOf(settings).sentence)}</p>
${table(['Setting', 'As found'], found)}`;
}

function shown(setting: string | undefined): string {
  if (setting === undefined) return 'not told';
  return setting === '' ? 'empty' : `\`${setting}\``;
}

function platformPart({ name, operations, absence }: PlatformGuarantee): string {
  return `<h2>${escaped(name)}</h2>
${table(['Operation', 'Delivery', 'Promised', 'Never promised', 'Note'], operations.map(rowOf))}
<p>What it proves, after the longest life of a lost start, that no run of it is found: ${marked(absence)}</p>`;
}

function rowOf({ operation, delivery, words, note }: OperationGuarantee): string[] {
  return [
    `\`${operation}\``,
    delivery ? `\`${delivery}\`` : 'not offered',
    words?.promised ?? '',
    words?.neverPromised ?? '',
    note ?? '',
  ];
}

function list(items: readonly (readonly [title: string, about: string])[]): string {
  return `<dl>
${items.map(([title, about]) => `<dt>${escaped(title)}</dt><dd>${marked(about)}</dd>`).join('\n')}
</dl>`;
}

function cellOf(text: string): string {
  return `<td>${marked(text)}</td>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return `<table border="1" cellpadding="6">
<thead><tr>${heads.map((head) => `<th scope="col" align="left">${escaped(head)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((cells) => `<tr valign="top">${cells.map(cellOf).join('')}</tr>`).join('\n')}
</tbody>
</table>`;
}
