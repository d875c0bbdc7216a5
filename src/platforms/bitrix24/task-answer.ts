import { z } from 'zod';
import { pointerTo, valueFault, type Fault } from '../../lib/fault.js';
import type { Json, JsonObject } from '../../lib/json.js';
import type { Parameter } from '../definition.js';
import type { PreparedAnswer, Task, TaskAnswer } from '../task.js';
import type { Encode, Encoders } from '../variables.js';
import { encodersIn, scalarText } from './encoders.js';

/**
 * Checks an answer against its task. Pure. Unlike the input of a start, FIELDS are converted by the portal: dates go as ISO
 * texts, files as base64 or `[name, base64]`.
 *
 * @see b24restdocs api-reference/bizproc/bizproc-task/bizproc-task-complete.md
 */
export function prepareAnswer(task: Task, answer: TaskAnswer): PreparedAnswer {
  const { status, comment } = answer;
  const faults: Fault[] = [];
  if (task.statuses && !task.statuses.includes(status)) {
    faults.push(valueFault('/status', 'unfit', `This task is answered with: ${task.statuses.join(', ')}.`));
  }
  if (task.commentRequiredFor.includes(status) && (comment === null || comment.trim() === '')) {
    faults.push(valueFault('/comment', 'required', `The task asks for a comment with the answer "${status}".`));
  }
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(answer.fields)) {
    const field = task.fields.find((one) => one.name === name);
    const written = field ? writtenAs(field, value) : unknownField(task);
    if ('fault' in written) faults.push(valueFault(pointerTo('fields', name), ...written.fault));
    else if (written.value !== null) fields[name] = written.value;
  }
  // Whoever turns it down fills nothing in.
  const missing =
    status === 'cancel' ? [] : task.fields.filter(({ name, required }) => required && !isGiven(answer, name));
  for (const { name, title } of missing) {
    faults.push(valueFault(pointerTo('fields', name), 'required', `The task asks for "${title}".`));
  }
  return { faults, fields };
}

type Written = { readonly value: Json } | { readonly fault: readonly [code: string, message: string] };

const base64 = z.base64().min(1);

const ifItIs =
  (form: z.ZodType<string>): Encode =>
  (value) =>
    form.safeParse(value).data ?? null;

/** A field of a type that nobody told goes as it is, as far as it is a text, a number or a boolean. */
const encoders: Encoders = {
  ...encodersIn(0),
  date: ifItIs(z.iso.date()),
  datetime: ifItIs(z.iso.datetime({ offset: true })),
  file: ifItIs(base64),
  other: scalarText,
};

function writtenAs(field: Parameter, value: Json): Written {
  if (value === null) return { value: null };
  const items = field.multiple && isList(value) && !isNamedFile(field, value) ? value : [value];
  const written = items.map((item) => writtenOne(field, item));
  if (written.some((item) => item === null)) {
    const choice = field.options ? `; choose one of: ${field.options.join(', ')}` : '';
    return { fault: ['wrong-value', `This value does not fit the type ${field.type} (${field.nativeType})${choice}.`] };
  }
  return { value: field.multiple ? written : (written[0] ?? null) };
}

function writtenOne(field: Parameter, value: Json): Json {
  if (isNamedFile(field, value)) return value;
  return encoders[field.type]?.(value, field) ?? null;
}

const NamedFile = z.tuple([z.string().min(1), base64]);

function isNamedFile({ type }: Parameter, value: Json): boolean {
  return type === 'file' && NamedFile.safeParse(value).success;
}

function unknownField({ fields }: Task): Written {
  const names = fields.map(({ name }) => name).join(', ') || 'none';
  return { fault: ['unknown-field', `The task has no such field; it has: ${names}.`] };
}

function isGiven({ fields }: { readonly fields: JsonObject }, name: string): boolean {
  const value = fields[name];
  return value !== undefined && value !== null && value !== '';
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
