/** Who acts, from where, under which trace. */
export interface Actor {
  /** `null`: nobody of the gateway's clients, e.g. an operator at a terminal, or a person who came back from a portal. */
  readonly clientId: string | null;
  /** A client's name, `operator` for a command in a terminal, `gateway` for what it does by itself; `null`: not known. */
  readonly client: string | null;
  readonly address: string | null;
  readonly traceId: string | null;
}

/** What is to be done. Names and ids only: no secret, no variables, nothing that a caller wrote freely. */
export interface Deed {
  /** E.g. `client.create`. */
  readonly action: string;
  /** What it is done to, as its path below `/v1/`, e.g. `connections/sales-portal`. */
  readonly target: string;
  /** Of the connection that it concerns; `null`: of none. */
  readonly connection: string | null;
  /** The id of the process, or of the incident, whose connection is to be looked up. */
  readonly about?: { readonly kind: 'process' | 'incident'; readonly id: string };
}

/** What came of a deed. */
export interface DeedResult {
  /** `done`, `accepted` (goes on by itself), `replayed`, or the code of the problem that it was answered with. */
  readonly result: string;
  /** Where the deed made something: what. `null`: the line names it already. */
  readonly target: string | null;
}

/** One line as it is shown; without a result yet it says `begun`. */
export interface AuditLine {
  readonly id: string;
  readonly at: Date;
  readonly client: string | null;
  readonly action: string;
  readonly target: string;
  readonly result: string;
  readonly address: string | null;
  readonly traceId: string | null;
}

/** Which lines a caller may see. */
export interface AuditSight {
  /** `null`: every line, also those of no connection. */
  readonly connections: readonly string[] | null;
  /** Only what this client did itself; `null`: whoever did it. */
  readonly clientId: string | null;
}

/** Each list means "one of"; an absent field means "any". */
export interface AuditFilter {
  readonly client?: readonly string[];
  readonly action?: readonly string[];
  readonly target?: readonly string[];
  readonly connection?: readonly string[];
  readonly result?: readonly string[];
  readonly traceId?: readonly string[];
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
}

/** A page of lines, newest first. */
export interface AuditPage {
  readonly lines: readonly AuditLine[];
  /** The id down to which was read, where a page was not found full within what one may cost; `null`: it is what there is. */
  readonly readTo: string | null;
}

/** Who did what. Lines are only ever added; each is durable when its method resolves. */
export interface Audit {
  /** Writes the line of what is about to be done, and gives its id. What follows must not be done where this throws. */
  begin(actor: Actor, deed: Deed): Promise<string>;
  /** Says what came of it; the first word stays. */
  end(lineId: string, result: DeedResult): Promise<void>;
  /** Both at once, for what has happened already. */
  note(actor: Actor, deed: Deed, result: DeedResult): Promise<void>;
  /** Newest first, so many rows. @param before  only lines older than this one */
  list(filter: AuditFilter, sight: AuditSight, page: { before: string | null; rows: number }): Promise<AuditPage>;
}
export const Audit = Symbol('Audit');
