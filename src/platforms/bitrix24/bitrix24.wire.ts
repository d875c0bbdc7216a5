import { z } from 'zod';

/** PHP writes an empty map as `[]`, and a map with keys 0, 1, 2… as a list. Source: b24restdocs how-to-call-rest-api/batch.md. */
const PhpMap = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .transform((value): Record<string, unknown> => Object.fromEntries(Object.entries(value)));

/** Every answer of a portal that executed. */
export const Success = z.object({ result: z.unknown() });

/**
 * Every answer of a portal that did not. Only the key tells it from a success: `error` may be `""`, `"0"`, a number, or
 * an object (REST 3.0). Observed, and b24restdocs error-codes.md.
 */
export const Failure = z.object({
  error: z.unknown(),
  error_description: z.unknown().optional(),
});

/** The result of `batch`. A key that is in neither map was not executed as far as can be told. */
export const BatchResult = z.object({
  result: PhpMap,
  result_error: PhpMap,
  /** The `time` of each command. */
  result_time: PhpMap.optional().catch(undefined),
});

/**
 * The result of bizproc.workflow.start: the id of the run, e.g. "66e81a641752f8.56521481", or the one that we chose.
 * A number cannot be an id: it would have lost digits.
 *
 * Source: b24restdocs api-reference/bizproc/bizproc-workflow-start.md; the length is a precaution.
 */
export const RunId = z.string().regex(/^[0-9A-Za-z._-]{1,128}$/);

/** Rows of bizproc.workflow.instances with SELECT ["ID"]. Source: api-reference/bizproc/bizproc-workflow-instances.md */
export const InstanceRows = z.array(z.object({ ID: z.string() }));

const id = z.union([z.string(), z.number()]).transform(String);
const moment = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((ms) => !Number.isNaN(ms));

/** A run as it is compared when a lost start is looked for. */
export interface LostRow {
  readonly nativeId: string;
  readonly templateId: string;
  readonly document: readonly [module: string, entity: string, id: string];
  /** By the portal's clock, in whole seconds. Unix milliseconds. */
  readonly startedAtMs: number;
  readonly startedBy: string;
  readonly fromTask: boolean;
}

/** A whole row of bizproc.workflow.instances; DOCUMENT_ID is the third part of the document alone. */
export const InstanceFullRow = z
  .object({
    ID: z.string(),
    MODULE_ID: z.string(),
    ENTITY: z.string(),
    DOCUMENT_ID: id,
    STARTED: moment,
    STARTED_BY: id,
    TEMPLATE_ID: id,
  })
  .transform((row): LostRow => ({
    nativeId: row.ID,
    templateId: row.TEMPLATE_ID,
    document: [row.MODULE_ID, row.ENTITY, row.DOCUMENT_ID],
    startedAtMs: row.STARTED,
    startedBy: row.STARTED_BY,
    fromTask: false,
  }));

/** The run of a row of bizproc.task.list. Source: api-reference/bizproc/bizproc-task/bizproc-task-list.md */
export const TaskRow = z
  .object({
    WORKFLOW_ID: z.string(),
    MODULE_ID: z.string(),
    ENTITY: z.string(),
    DOCUMENT_ID: id,
    WORKFLOW_STARTED: moment,
    WORKFLOW_STARTED_BY: id,
    WORKFLOW_TEMPLATE_ID: id,
  })
  .transform((row): LostRow => ({
    nativeId: row.WORKFLOW_ID,
    templateId: row.WORKFLOW_TEMPLATE_ID,
    document: [row.MODULE_ID, row.ENTITY, row.DOCUMENT_ID],
    startedAtMs: row.WORKFLOW_STARTED,
    startedBy: row.WORKFLOW_STARTED_BY,
    fromTask: true,
  }));

/** What `profile` tells. Source: b24restdocs api-reference/common/users/profile.md */
export const Profile = z.object({ ID: z.coerce.string(), ADMIN: z.unknown().optional() });

const flag = z.unknown().transform((value) => [true, 1, '1', 'Y', 'y', 'true'].some((yes) => yes === value));
const text = z.union([z.string(), z.number()]).transform(String).catch('');

/** One input of a template, in PARAMETERS. Observed; the documentation names the field only. */
export const TemplateParameter = z.object({
  Name: text.optional(),
  Description: text.optional(),
  Type: z.string().catch('string'),
  Required: flag.optional(),
  Multiple: flag.optional(),
  Default: z.unknown().optional(),
  Options: PhpMap.nullish().catch(null),
});
export type TemplateParameter = z.infer<typeof TemplateParameter>;

/** A row of bizproc.workflow.template.list. Source: api-reference/bizproc/template/bizproc-workflow-template-list.md */
export const TemplateRow = z.object({
  ID: z.union([z.string(), z.number()]).transform(String),
  NAME: text.optional(),
  MODULE_ID: z.string().nullish(),
  ENTITY: z.string().nullish(),
  /** [module, entity, type] as observed; the type alone is taken too. */
  DOCUMENT_TYPE: z
    .union([z.array(z.string()), z.string()])
    .nullish()
    .catch(null),
  PARAMETERS: PhpMap.nullish().catch(null),
});
export type TemplateRow = z.infer<typeof TemplateRow>;

/** A document for signature, from send and from get. Source: api-reference/sign/b2e/sign-b2e-document-send.md */
export const SignDocument = z.looseObject({
  uid: z.string().min(1).max(255),
  state: z.looseObject({ code: z.string() }).nullish(),
  members: z.array(z.looseObject({ state: z.looseObject({ code: z.string() }).nullish() })).nullish(),
});
export type SignDocument = z.infer<typeof SignDocument>;

/** A refreshed pair of tokens. Source: b24restdocs settings/oauth/auto-renewal.md */
export const TokenPair = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  /** Unix seconds; not on every grant. */
  expires: z.number().optional(),
  expires_in: z.coerce.number().optional(),
  member_id: z.string().optional(),
});
