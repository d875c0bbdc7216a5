import type { FastifyReply } from 'fastify';
import type { Caller } from '../security/caller.js';
import type { Webhook } from '../webhooks/webhook.js';
import type { OwnedBy } from '../webhooks/webhook.store.js';
import { etagOf } from './etag.js';
import { webhookView, type WebhookView } from './webhook.view.js';

/** Whose webhooks a caller sees: who may see everything sees all of them, everybody else their own. */
export function ownedBy({ clientId, connections, definitions, sees }: Caller): OwnedBy {
  return connections === null && definitions === null && sees === 'connection' ? null : clientId;
}

/** Answers a webhook with its ETag. */
export function shownWebhook(webhook: Webhook, reply: FastifyReply): WebhookView {
  void reply.header('etag', etagOf(webhook.version));
  return webhookView(webhook);
}
