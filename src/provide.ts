import type { FactoryProvider } from '@nestjs/common';

export type Token = symbol | (abstract new (...needs: never[]) => unknown);

/** One part: its token, what it needs, how it is made of that. */
export function provide<Needs extends unknown[]>(
  token: Token,
  inject: Token[],
  useFactory: (...needs: Needs) => unknown,
): FactoryProvider {
  return { provide: token, inject, useFactory };
}
