import type { JsonObject } from '../lib/json.js';
import { platformKinds } from '../platforms/registry.js';

/** Ready bodies for the documentation, as each platform gives them; the first is what a newcomer tries. */
export function startExamples(): Record<string, { summary: string; value: JsonObject }> {
  return Object.fromEntries(
    platformKinds.flatMap(({ platform, name, examples }) =>
      examples.starts.map(({ summary, body }, at) => [
        `${platform}-${at + 1}`,
        { summary: `${name}: ${summary}`, value: body },
      ]),
    ),
  );
}
