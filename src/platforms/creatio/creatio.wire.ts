import { z } from 'zod';

/** The empty id, which stands for "no run". */
export const emptyId = '00000000-0000-0000-0000-000000000000';

/** Outputs; a number that no double holds is lost, and no other output with it. */
const Values = z.record(z.string(), z.json().catch(null)).nullish().catch(null);

const ErrorInfo = z.object({ errorCode: z.string().nullish(), message: z.string().nullish() });

/**
 * The answer of RunProcess.
 *
 * `processId` is the key of the run's `SysProcessLog` row; empty or `00000000-…` where there is none. `success` is no
 * verdict on the run.
 *
 * Source: Advance-Technologies-Foundation/repository, `Providers/Samples/Process_1d72e4b.json` and `error.json`
 * (captured); clio, "runprocess-success-flag-is-not-the-run-verdict".
 */
const RunProcessAnswer = z.object({
  processId: z.string().nullish(),
  processStatus: z.number().nullish(),
  resultParameterValues: Values,
  success: z.boolean().nullish(),
  errorInfo: ErrorInfo.nullish(),
});
export type RunProcessAnswer = z.infer<typeof RunProcessAnswer>;

const anyText = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const anyNumber = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .catch(null);

/** The answer of RunProcess that names a run: its id alone says that it ran, so nothing else in it can be wrong. */
const NamedRun = z.object({
  processId: z.string().refine((id) => id.trim() !== '' && id.trim() !== emptyId),
  processStatus: anyNumber,
  resultParameterValues: Values,
  success: z.boolean().nullish().catch(null),
  errorInfo: z.object({ errorCode: anyText, message: anyText }).nullish().catch(null),
});

/** A body as the answer of RunProcess; `null`: it is none. */
export function runProcessAnswerIn(body: string): RunProcessAnswer | null {
  return parsed(NamedRun, body) ?? parsed(RunProcessAnswer, body);
}

/** Only the operation itself names a run or says `success`; the gates before it do neither. */
export function isOfOperation(body: string): boolean {
  return parsed(NamedRun, body) !== null || parsed(SaysSuccess, body) !== null;
}

const SaysSuccess = z.object({ success: z.union([z.boolean(), z.string()]) });

/**
 * The common part of what the other JSON operations of ProcessEngineService answer, e.g. CompleteExecuting.
 *
 * Source: the vendor's browser scripts.
 */
export const OperationAnswer = z.object({ success: z.boolean(), errorInfo: ErrorInfo.nullish() });

/**
 * The answer of AuthService.svc/Login, HTTP 200 whatever was decided. `Message` is localized.
 *
 * Source: Academy, "AuthService.svc web service"; the vendor's login page (codes 0 to 5, exception types).
 */
export const LoginAnswer = z.object({
  Code: z.int(),
  Message: z.string().nullish(),
  Exception: z.object({ Type: z.string().nullish(), Message: z.string().nullish() }).nullish(),
});

/** The answer of an OAuth 2.0 token endpoint (RFC 6749, §5.1). */
export const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().nullish() });

/** The refusal of an OAuth 2.0 token endpoint (RFC 6749, §5.2). */
export const TokenRefusal = z.object({ error: z.string().min(1), error_description: z.string().nullish() });

/**
 * A page of OData 4 rows.
 *
 * Source: Academy, "odata web service (OData 4)".
 */
export function ODataRows<T extends z.ZodType>(row: T) {
  return z.object({ value: z.array(row) });
}

/** OData writes "no date" as the year 1; DataService writes no offset, in the session's zone, which is UTC. */
const RowDate = z
  .string()
  .nullish()
  .transform((text) => {
    const atMs =
      text && !text.startsWith('0001-') ? Date.parse(/(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text}Z`) : NaN;
    return Number.isNaN(atMs) ? null : new Date(atMs);
  });

/** One run in `SysProcessLog`. */
export const ProcessLogRow = z.object({ Id: z.string(), StatusId: z.string(), ErrorDescription: z.string().nullish() });

/** The same with what a lost start is compared by. */
export const LostLogRow = ProcessLogRow.extend({
  OwnerId: z.string(),
  StartDate: RowDate.refine((date) => date !== null).transform((date) => date ?? new Date(Number.NaN)),
});

/** Rows of a SelectQuery that asks for `Id`. */
export const SelectedIds = z.object({ rows: z.array(z.object({ Id: z.string().min(1) })) });

/** One element of a run in `SysProcessElementLog`; its `Id` is what ExecProcElByUId takes. */
export const ElementLogRow = z.object({
  Id: z.guid(),
  Caption: z.string().nullish(),
  Type: z.string().nullish(),
  StatusId: z.string(),
  StartDate: RowDate,
  CompleteDate: RowDate,
});

/**
 * One pending task in `SysProcessElementToDo`; it goes when the task is done. `Id` is that of the process element, and
 * `ContactId`, empty or the empty id where a role has the task, is no lookup.
 *
 * Source: the entity's schema and the vendor's task panel (`ProcessDashboardSchema`), which takes `Id` for the element.
 */
export const ToDoRow = z.object({
  Id: z.string().min(1),
  SysProcessDataId: z.string(),
  Title: z.string().nullish(),
  Subject: z.string().nullish(),
  ContactId: z.string().nullish(),
  CreatedOn: z.string().min(1),
});
export type ToDoRow = z.infer<typeof ToDoRow>;

/** One entry of the process library, `VwProcessLib`: each saved version is an entry of its own. */
export const ProcessLibRow = z.object({
  Name: z.string().min(1),
  Caption: z.string().nullish(),
  UId: z.string(),
  IsActiveVersion: z.boolean().nullish(),
});
export type ProcessLibRow = z.infer<typeof ProcessLibRow>;

/**
 * The answer of ProcessSchemaRequest. `metaData` is JSON inside a string; captions stand in `resources` as
 * `Parameters.{code}.Caption`, by culture.
 *
 * Source: clio, `Command/ProcessModel/ProcessSchemaResponse.cs`.
 */
export const ProcessSchemaAnswer = z.object({
  schema: z.object({
    metaData: z.string(),
    resources: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** One parameter in the metadata. `direction`: 0 in, 1 out, 2 both, 3 internal; absent means in. */
export const SchemaParameter = z.object({
  name: z.string().min(1),
  dataValueType: z.string().nullish(),
  direction: z.union([z.number(), z.string()]).nullish(),
});
export type SchemaParameter = z.infer<typeof SchemaParameter>;

export const SchemaMetaData = z.object({
  metaData: z.object({ schema: z.object({ parameters: z.array(SchemaParameter).nullish() }) }),
});

/** A JSON text as the schema wants it, with or without a byte order mark; `null`: it is no JSON, or something else. */
export function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text.replace(/^\uFEFF/, ''))).data ?? null;
  } catch {
    return null;
  }
}
