import type { Type } from '@nestjs/common';
import { AdoptionController } from './http/adoption.controller.js';
import { BulkController } from './http/bulk.controller.js';
import { CallbacksController } from './http/callbacks.controller.js';
import { ElementsController } from './http/elements.controller.js';
import { CloseProcessController } from './http/close-process.controller.js';
import { EventsController } from './http/events.controller.js';
import { WebhookCommandsController } from './http/webhook-commands.controller.js';
import { WebhooksController } from './http/webhooks.controller.js';
import { HistoryController } from './http/history.controller.js';
import { IdempotencyKeysController } from './http/idempotency-keys.controller.js';
import { IncidentsController } from './http/incidents.controller.js';
import { NativeCallController } from './http/native-call.controller.js';
import { NativeRunsController } from './http/native-runs.controller.js';
import { OperationsController } from './http/operations.controller.js';
import { ProcessCommandsController } from './http/process-commands.controller.js';
import { ProcessesController } from './http/processes.controller.js';
import { SigningProvidersController } from './http/signing-providers.controller.js';
import { ReportsController } from './http/reports.controller.js';
import { StatsController } from './http/stats.controller.js';
import { TaskCommandsController } from './http/task-commands.controller.js';
import { TasksController } from './http/tasks.controller.js';
import { ConnectionCommandsController } from './http/connection-commands.controller.js';
import { ConnectionFiguresController } from './http/connection-figures.controller.js';
import { ConnectionsController } from './http/connections.controller.js';
import { CorrelationKitController } from './http/correlation-kit.controller.js';
import { ConsentsController } from './http/consents.controller.js';
import { DefinitionsController } from './http/definitions.controller.js';
import { PlatformsController } from './http/platforms.controller.js';
import { ClientsController } from './http/clients.controller.js';
import { AuditController } from './http/audit.controller.js';
import { HealthController } from './http/health.controller.js';

/** Every route of the gateway, in the order in which the document shows them. */
export const controllers: Type[] = [
  AdoptionController,
  ProcessesController,
  BulkController,
  ProcessCommandsController,
  CloseProcessController,
  HistoryController,
  ElementsController,
  TasksController,
  TaskCommandsController,
  CallbacksController,
  ReportsController,
  OperationsController,
  StatsController,
  EventsController,
  WebhooksController,
  WebhookCommandsController,
  IdempotencyKeysController,
  IncidentsController,
  ConnectionsController,
  ConnectionCommandsController,
  ConnectionFiguresController,
  ConsentsController,
  CorrelationKitController,
  DefinitionsController,
  NativeRunsController,
  SigningProvidersController,
  NativeCallController,
  PlatformsController,
  ClientsController,
  AuditController,
  HealthController,
];
