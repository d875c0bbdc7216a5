import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsDefined, IsIn, IsObject, IsString, Length } from 'class-validator';
import { shapeFault, valueFault, type Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import { taskStatuses, type TaskStatus } from '../platforms/task.js';
import { Optional } from './optional.js';

/** An answer to a task. */
@ApiSchema({ name: 'CompleteTask' })
export class CompleteTaskBody {
  @ApiProperty({ enum: taskStatuses, description: 'One of the `statuses` of the task, where it tells them.' })
  @IsString()
  @IsIn(taskStatuses)
  readonly status!: TaskStatus;

  @ApiPropertyOptional({ type: String, maxLength: 4000 })
  @Optional()
  @IsString()
  @Length(0, 4000)
  readonly comment?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'By the names in `fields` of the task. Values as in the variables of a start; files as base64, or as `[name, base64]`.',
  })
  @Optional()
  @IsObject()
  readonly fields?: JsonObject;
}

const shownUser = {
  oneOf: [{ type: 'string', minLength: 1, maxLength: 255 }, { type: 'integer' }],
  example: '1',
};

/** Who has the task, and who shall have it. */
@ApiSchema({ name: 'DelegateTask' })
export class DelegateTaskBody {
  /** What the decorators cannot say; asked by the door together with them. */
  static readonly faultsIn = userFaults;

  @ApiProperty({ ...shownUser, description: 'One of the `assignees` of the task.' })
  @IsDefined()
  readonly fromUserId!: string | number;

  @ApiProperty({ ...shownUser, description: "The platform's id of another user." })
  @IsDefined()
  readonly toUserId!: string | number;
}

function userFaults({ fromUserId, toUserId }: Readonly<Record<string, unknown>>): Fault[] {
  return [...userFault(fromUserId, '/fromUserId'), ...userFault(toUserId, '/toUserId')];
}

function userFault(value: unknown, pointer: string): Fault[] {
  if (value === undefined || value === null || (typeof value === 'number' && Number.isInteger(value))) return [];
  if (typeof value !== 'string') return [shapeFault(pointer, 'wrong-type', 'Send a JSON string or an integer here.')];
  if (value.length > 0 && value.length <= 255) return [];
  return [valueFault(pointer, 'wrong-length', "Send the platform's id of a user, 1 to 255 characters.")];
}
