/** Rules on names and words, which no tool for imports or types can see. Each says why, to the person who breaks it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `in`: paths it holds for. `but`: paths it does not hold for. `path`, `text`: what must not be there. */
const rules = [
  {
    in: /^(src|migrations)\//,
    but: /^src\/config\.ts$/,
    text: /\bprocess\.env\b|\benv\b.* from '(node:)?process'|\bimport\.meta\.env\b/,
    say: 'Only config.ts reads the environment: every setting is parsed there, once, and every fault told at once.',
  },
  {
    in: /^src\//,
    but: /^src\/platforms\//,
    text: /bitrix|creatio/i,
    path: /bitrix|creatio/i,
    say: 'A platform has no name outside src/platforms: what is true of one only belongs into its folder, behind the port.',
  },
  {
    in: /^src\//,
    path: /\/(common|shared|utils?|helpers?|core|base|interfaces|types|dto|constants)\/|\/index\.ts$/,
    say: 'A file is found by its idea: a drawer for everything and a barrel that opens it hide who knows whom.',
  },
  {
    in: /^src\//,
    path: /[/.-](manager|helpers?|utils?|processor|base|abstract|impl)\.ts$/,
    say: 'Name the file after what it gives.',
  },
  {
    in: /^src\//,
    text: /^\s*(export )?(abstract )?(class|interface|type) (I[A-Z]\w+|Abstract\w*|\w*(Manager|Helper|Utils?|Processor|Impl))\b/,
    say: 'Name the thing after what it is.',
  },
  {
    in: /^(src|migrations|test)\//,
    text: /^\s*(export )?(declare )?(const )?enum \w/,
    say: 'A union of words is readable in the log, the row and the JSON; an enum is not.',
  },
  {
    in: /^src\//,
    // Made of a constant of its own file.
    but: /^src\/platforms\/creatio\/native-calls\.ts$/,
    text: /\bRegExp\(/,
    say: 'A pattern that is put together may hold what a caller sent, and take for ever: write it as a literal.',
  },
  { in: /^src\//, text: /^\s*protected /, say: 'We do not inherit, so nothing is protected: compose.' },
  { in: /^src\//, text: /\bforwardRef\b/, say: 'Two parts that need each other are one, or lack a third.' },
  {
    in: /^src\//,
    text: /(?<![.#\w])fetch\(|\bnew (WebSocket|EventSource)\(/,
    say: 'This goes around the egress guard. Take an Exchange.',
  },
  {
    in: /^src\/(processes|dispatch|connections|incidents|webhooks)\//,
    text: /\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(\)/,
    say: 'Time and chance come in from outside: take a Clock, or a random with Math.random as its default.',
  },
  {
    in: /^test\//,
    text: /\bjest\.(mock|unstable_mockModule|spyOn|fn)\(/,
    say: 'Assert what a caller can see; where a part must be stood in for, write a small class.',
  },
  {
    in: /^(src|migrations|test|bench)\//,
    text: /\b(TODO|FIXME|XXX)\b/,
    say: 'Do it, or write it where work is planned.',
  },
  {
    in: /^(src|migrations|test|bench)\//,
    text: /(oxlint|eslint)-disable(?!.* -- \S)|@ts-(ignore|nocheck)|@ts-expect-error(?! \S)/,
    say: 'Say why the rule does not hold here: `// oxlint-disable-next-line RULE -- reason`.',
  },
];

async function filesUnder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Every place in a file that breaks a rule, as a line for a person. */
function faultsIn(file, text) {
  const held = rules.filter((rule) => rule.in.test(file) && !rule.but?.test(file));
  return held.flatMap((rule) => {
    const named = rule.path?.test(file) ? [`${file}\n  ${rule.say}`] : [];
    const lines = rule.text ? text.split('\n') : [];
    const said = lines.flatMap((line, at) =>
      rule.text.test(line) ? [`${file}:${at + 1}  ${line.trim()}\n  ${rule.say}`] : [],
    );
    return [...named, ...said];
  });
}

const folders = await Promise.all(['src', 'migrations', 'test', 'bench'].map(filesUnder));
const sources = folders.flat().filter((file) => /\.(ts|mjs|js)$/.test(file));
const faults = await Promise.all(sources.map(async (file) => faultsIn(file, await readFile(file, 'utf8'))));
for (const fault of faults.flat()) console.error(fault);
process.exitCode = faults.flat().length === 0 ? 0 : 1;
