import { z } from 'zod';

/** The request bodies that the simulated instance understands; unknown fields are ignored, as instances do. */
export const LoginBody = z.object({ UserName: z.string(), UserPassword: z.string() });

const Values = z.array(z.object({ name: z.string(), value: z.string() })).default([]);

/** Of the operations of ProcessEngineService, each of which reads a part. */
export const EngineBody = z.object({
  schemaName: z.string().optional(),
  schemaUId: z.string().optional(),
  parameterValues: Values,
  resultParameterNames: z.array(z.string()).default([]),
  processElementUId: z.string().default(''),
  processDataIds: z.string().default(''),
});

export const SchemaBody = z.object({ uId: z.string() });

const Column = z.object({ columnPath: z.string() });
const Value = z.object({
  parameter: z.object({ dataValueType: z.int(), value: z.union([z.string(), z.number(), z.boolean()]) }),
});
/** The contact of the user who asks: expression type function, function type macro, macro 2. */
const CurrentContact = z.object({ expressionType: z.literal(1), functionType: z.literal(1), macrosType: z.literal(2) });
const Comparison = z.object({
  filterType: z.literal(1),
  /** 3 equal, 6 at most, 8 at least. */
  comparisonType: z.union([z.literal(3), z.literal(6), z.literal(8)]),
  leftExpression: Column,
  rightExpression: z.union([Value, CurrentContact]),
});
export type Comparison = z.infer<typeof Comparison>;

/** 1 joins what it holds by "or", 0 by "and". */
const Group = z.object({
  filterType: z.literal(6),
  logicalOperation: z.union([z.literal(0), z.literal(1)]),
  get items() {
    return z.record(z.string(), z.union([Comparison, Group]));
  },
});
export type Group = z.infer<typeof Group>;

export const SelectBody = z.object({
  rootSchemaName: z.string(),
  rowCount: z.int().optional(),
  columns: z.object({
    items: z.record(z.string(), z.object({ expression: Column, orderDirection: z.int().optional() })),
  }),
  filters: Group.optional(),
});

export const OutcomeBody = z.object({ outcome: z.enum(['completed', 'failed']) });

/** A request body as its operation reads it. @throws ZodError, SyntaxError  the simulator makes a 500 of it */
export function bodyOf<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  return schema.parse(JSON.parse(text === '' ? '{}' : text));
}
