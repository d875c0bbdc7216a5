/** A value in a comparison. `at` is RFC 3339, as an instance told it or as we write it. */
export type Value =
  { readonly guid: string } | { readonly text: string } | { readonly at: string } | { readonly is: boolean };

/** `path` as OData names it: `Id`, `Status/Id`, `SysSchema/Name`. */
export interface Comparison {
  readonly path: string;
  readonly by: 'eq' | 'le' | 'ge';
  readonly value: Value;
}

/** Which rows of an entity are wanted. */
export interface RowsQuery {
  readonly entity: string;
  /** As OData shows them. */
  readonly columns: readonly string[];
  /** Those of the columns that are lookups: `StatusId`, which DataService calls `Status`. */
  readonly lookups?: readonly string[];
  /** All of them hold; of an inner list one does. */
  readonly where: readonly (Comparison | readonly Comparison[])[];
  readonly order?: { readonly by: string; readonly down?: true };
  readonly top?: number;
}

/** Rows that equal one of these ids in a column. */
export function isAnyOf(path: string, ids: readonly string[]): readonly Comparison[] {
  return ids.map((guid) => ({ path, by: 'eq', value: { guid } }));
}
