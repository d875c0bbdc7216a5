import { fieldOf, textOf, valuesOf } from './php-params.js';
import type { TaskKind } from './task-kinds.js';

/** An answer to a task as it came. */
interface GivenAnswer {
  readonly status: number;
  readonly comment: string;
  readonly fields: unknown;
}

/** What the task itself finds wrong with an answer, in its own, localized words; `null`: nothing. */
export function executionFault({ answers, parameters }: TaskKind, given: GivenAnswer): string | null {
  if (!answers.includes(given.status)) return 'Не выбрано действие';
  if (parameters['CommentRequired'] === 'YR' && given.status === 2 && given.comment === '') {
    return 'Не заполнено поле "Комментарий"';
  }
  const declared = (given.status === 3 && valuesOf(parameters['Fields'])) || [];
  const missing = declared.find(
    (field) =>
      fieldOf(field, 'Required') === true && textOf(fieldOf(given.fields, textOf(fieldOf(field, 'Id')))) === '',
  );
  return missing === undefined ? null : `Не заполнено поле "${textOf(fieldOf(missing, 'Name'))}"`;
}
