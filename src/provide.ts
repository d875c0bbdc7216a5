import type { FactoryProvider } from '@nestjs/common';

/** What a part is asked for by: the class that it is, or the symbol of its port. */
export type Token<Part> = symbol | (abstract new (...needs: never[]) => Part);

/** One part: its token, what it needs, how it is made of that. A class in another's place among the needs does not compile. */
export function provide<Part, Needs extends unknown[]>(
  token: Token<Part>,
  inject: { [Place in keyof Needs]: Token<Needs[Place]> },
  useFactory: (...needs: Needs) => Part,
): FactoryProvider {
  return { provide: token, inject, useFactory };
}
