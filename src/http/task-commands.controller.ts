import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.js';
import { TaskCommands, type CommandOnTask } from '../processes/task-commands.js';
import type { Caller } from '../security/caller.js';
import { Commands, CurrentCaller, Waits } from './access.js';
import { clientOf } from './client-of.js';
import { Delivers } from './delivery.decorator.js';
import { Problems } from './problems.decorator.js';
import { ProcessDesk } from './process-desk.js';
import { ProcessView } from './process.dto.js';
import { identifierText } from './start-faults.js';
import { CompleteTaskBody, DelegateTaskBody } from './task.dto.js';

const idParam = { name: 'id', type: String, example: 'sales-portal:1471', description: '`{connection}:{nativeId}`' };
const operationHeader = { headers: { 'Operation-Id': { schema: { type: 'string' as const, format: 'uuid' } } } };

/** What both commands refuse alike. */
const taskProblems = [
  'idempotency-key-missing',
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'idempotency-in-progress',
  'not-found',
  'task-already-completed',
  'conflict',
  'process-indeterminate',
  'process-closed',
  'connection-reauthorization-required',
  'capability-not-supported',
  'platform-rejected',
  'platform-permission-denied',
  'plan-restricted',
  'platform-outcome-unknown',
  'platform-bad-response',
  'platform-unavailable',
] as const;

@ApiTags('Tasks')
@Controller('v1/tasks/:id')
export class TaskCommandsController {
  constructor(
    @Inject(TaskCommands) private readonly commands: TaskCommands,
    @Inject(ProcessDesk) private readonly desk: ProcessDesk,
  ) {}

  @Post('complete')
  @HttpCode(200)
  @Commands('tasks:act')
  @Waits()
  @Delivers('complete_task')
  @ApiParam(idParam)
  @ApiOperation({
    operationId: 'completeTask',
    summary: 'Answer a task as the user of its connection',
    description:
      'The task must be that of the user whom `actsAs` names, and its run under management (409 `conflict` says how to adopt ' +
      'it). The answer is checked against what the task declares before anything is queued. If the answer of the platform is ' +
      'lost, the command is repeated until its outcome is known. 200 and 202 show the process of the task; its state does ' +
      'not change by this alone, the run is looked at soon.',
  })
  @ApiOkResponse({ type: ProcessView, description: 'The task is answered.', ...operationHeader })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Under way.', ...operationHeader })
  @Problems(...taskProblems, 'not-assignee')
  async complete(
    @Param('id') taskId: string,
    @Body() { status, comment, fields }: CompleteTaskBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const answer = { status, comment: comment ?? null, fields: fields ?? {} };
    const command = { ...this.#command(taskId, caller, request), answer };
    const commanded = await this.desk.command(caller, () => this.commands.complete(command));
    return this.desk.answer('complete_task', commanded, request, reply);
  }

  @Post('delegate')
  @HttpCode(200)
  @Commands('tasks:act')
  @Waits()
  @Delivers('delegate_task')
  @ApiParam(idParam)
  @ApiOperation({
    operationId: 'delegateTask',
    summary: 'Give a task from one user to another',
    description:
      'Ids of users are those of the platform. The run of the task must be under management (409 `conflict` says how to ' +
      'adopt it). 200 and 202 show the process of the task.',
  })
  @ApiOkResponse({ type: ProcessView, description: 'The task is with the other user.', ...operationHeader })
  @ApiAcceptedResponse({ type: ProcessView, description: 'Under way.', ...operationHeader })
  @Problems(...taskProblems)
  async delegate(
    @Param('id') taskId: string,
    @Body() { fromUserId, toUserId }: DelegateTaskBody,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const users = { fromUserId: identifierText(fromUserId), toUserId: identifierText(toUserId) };
    const command = { ...this.#command(taskId, caller, request), ...users };
    const commanded = await this.desk.command(caller, () => this.commands.delegate(command));
    return this.desk.answer('delegate_task', commanded, request, reply);
  }

  #command(taskId: string, caller: Caller, request: FastifyRequest): CommandOnTask {
    return { taskId, by: clientOf(caller), key: this.desk.keyOf(request), traceId: request.traceId };
  }
}
