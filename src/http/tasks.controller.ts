import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ListTasks } from '../dispatch/list-tasks.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { visibilityOf } from './client-of.js';
import { cursorOf, positionOf } from './cursor.js';
import { Delivers } from './delivery.decorator.js';
import { pageOf, type Page } from './page.js';
import { Problems } from './problems.decorator.js';
import { taskFilterOf, TaskQuery } from './task-query.js';
import { TaskView, taskView, UnavailableTasksView } from './task.view.js';

const list = 'tasks';
const placeForms = [/^[^:]{1,63}$/, /^.{0,255}$/s];

/** A page of tasks, and whose are missing in it. */
interface TaskPage extends Page<TaskView> {
  readonly unavailable: readonly UnavailableTasksView[];
}

@ApiTags('Tasks')
@ApiExtraModels(TaskView, UnavailableTasksView)
@Controller('v1/tasks')
export class TasksController {
  constructor(@Inject(ListTasks) private readonly tasks: ListTasks) {}

  @Get()
  @Scopes('tasks:read')
  @Delivers('tasks')
  @ApiOperation({
    operationId: 'listTasks',
    summary: 'List the tasks of people, read from the platforms',
    description:
      'Of one connection after the other, in the order of their keys, newest first in each. A page may hold fewer tasks ' +
      'than its limit although more follow. Without `connection`, every connection is asked that the caller may see and ' +
      'whose platform shows tasks; with `process`, those of the processes. Where `connection` or `process` is given, a ' +
      'platform that cannot be read fails the list. Otherwise it is named in `unavailable`, its tasks are missing on this ' +
      'page, and `nextCursor` passes over it; only if none can be read the list fails. A connection sees what its own user ' +
      'at the platform sees.',
  })
  @ApiOkResponse({
    description: 'A page.',
    headers: { Link: { description: 'rel="next", where more follows.', schema: { type: 'string' } } },
    schema: {
      type: 'object',
      required: ['items', 'nextCursor', 'unavailable'],
      additionalProperties: false,
      properties: {
        items: { type: 'array', items: { $ref: getSchemaPath(TaskView) } },
        nextCursor: { type: 'string', nullable: true, description: 'null: this was the last page.' },
        unavailable: {
          type: 'array',
          items: { $ref: getSchemaPath(UnavailableTasksView) },
          description: 'Connections whose tasks are missing on this page.',
        },
      },
    },
  })
  @Problems(
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async list(
    @Query() query: TaskQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TaskPage> {
    const [connection, place = ''] = positionOf(query.cursor, list, placeForms) ?? [];
    const after = connection === undefined ? null : { connection, place };
    const filter = taskFilterOf(query, visibilityOf(caller));
    const { items, next, unavailable } = await this.tasks.list(filter, after, query.limit);
    const nextCursor = next && cursorOf(list, [next.connection, next.place]);
    return { ...pageOf(items.map(taskView), nextCursor, { request, reply }), unavailable };
  }

  @Get(':id')
  @Scopes('tasks:read')
  @Delivers('tasks')
  @ApiParam({ name: 'id', type: String, example: 'sales-portal:1471', description: '`{connection}:{nativeId}`' })
  @ApiOperation({
    operationId: 'getTask',
    summary: 'Show a task as it stands at its platform',
    description: '`actsAs` names the user as whom this connection acts; only its own tasks can be completed.',
  })
  @ApiOkResponse({ type: TaskView })
  @Problems(
    'not-found',
    'connection-reauthorization-required',
    'capability-not-supported',
    'platform-rejected',
    'platform-permission-denied',
    'plan-restricted',
    'platform-bad-response',
    'platform-unavailable',
  )
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<TaskView> {
    return taskView(await this.tasks.one(id, visibilityOf(caller)));
  }
}
