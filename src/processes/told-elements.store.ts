import type { Element } from '../platforms/run.js';

/** An element under the id that callers use. */
export interface ListedElement {
  readonly id: string;
  readonly element: Element;
}

/** Elements that portals told of by themselves. */
export interface ToldElements {
  /** Those of the run that is this process's, in their order; none while it is not known which that is. */
  of(processId: string): Promise<readonly ListedElement[]>;
  /** Which of these runs of a portal are known to have begun, since an element of theirs was told of. */
  runsToldOf(portal: string, nativeIds: readonly string[]): Promise<ReadonlySet<string>>;
}
export const ToldElements = Symbol('ToldElements');
