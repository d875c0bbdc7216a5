/** A JSON schema as the contract has it, of which only the words below are read. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly example?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema?: Schema;
}

interface Media {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** One route and method of the contract. */
export interface Operation {
  /** As in the contract, e.g. `GET /v1/clients/{id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** By media type; empty: it takes no body. */
  readonly bodies: Readonly<Record<string, Media>>;
  readonly statuses: ReadonlySet<number>;
}

interface Paths {
  readonly [path: string]: {
    readonly [method: string]: {
      readonly parameters?: readonly Parameter[];
      readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
      readonly responses: Readonly<Record<string, unknown>>;
    };
  };
}

/** The contract that a gateway serves. */
export interface ContractDocument {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

export async function readDocument(url: string): Promise<ContractDocument> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Paths;
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  };
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody, responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters,
      bodies: requestBody?.content ?? {},
      statuses: new Set(Object.keys(responses).map(Number)),
    })),
  );
  return { operations, schemas: document.components.schemas };
}

/** The schema itself where it is only referred to. */
export function schemaOf({ schemas }: ContractDocument, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (schemas[name] ?? {});
}
