import type { FastifyInstance } from 'fastify';

/** Which methods an address takes, for the `Allow` of a 405. */
export class AllowedMethods {
  readonly #routes: { readonly steps: readonly string[]; readonly methods: readonly string[] }[] = [];

  /** Takes note of every route that is added from now on. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', ({ url, method }) => {
      this.#routes.push({ steps: url.split('/'), methods: [method].flat() });
    });
  }

  /** Empty: there is no such address at all. */
  of(path: string): readonly string[] {
    const steps = path.split('/');
    const methods = this.#routes.filter((route) => matches(route.steps, steps)).flatMap((route) => route.methods);
    return [...new Set(methods)].toSorted();
  }
}

function matches(pattern: readonly string[], steps: readonly string[]): boolean {
  const wildcard = pattern.at(-1) === '*';
  if (wildcard ? steps.length < pattern.length : steps.length !== pattern.length) return false;
  return pattern.every((step, at) => {
    if (step === '*') return true;
    return step.startsWith(':') ? steps[at] !== '' : step === steps[at];
  });
}
