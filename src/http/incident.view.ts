import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { actionsOf, incidentActions, incidentKinds, type IncidentAction } from '../incidents/actions.js';
import type { IncidentWithProcess } from '../incidents/incident-record.js';
import type { Resolution } from '../processes/incident.js';
import { has, type Caller } from '../security/caller.js';

const time = { type: String, format: 'date-time' } as const;
const idOrNull = { type: String, format: 'uuid', nullable: true } as const;
const textOrNull = { type: String, nullable: true } as const;
const resolutionActions: readonly Resolution['action'][] = [...incidentActions, 'close', 'found'];

/** A native run that may be the one that is looked for. */
@ApiSchema({ name: 'IncidentCandidate' })
class CandidateView {
  @ApiProperty({ type: String, example: '66e81a641752f8.56521481' })
  readonly nativeId!: string;

  @ApiProperty({
    type: [String],
    description: 'Why it may be the one. Where the portal keeps run ids, also that a resend is safe.',
  })
  readonly reasons!: readonly string[];
}

/** How an incident came to its end. */
@ApiSchema({ name: 'Resolution' })
class ResolutionView implements Resolution {
  @ApiProperty({ enum: [...resolutionActions], description: '`found`: it went away by itself.' })
  readonly action!: Resolution['action'];

  @ApiProperty({ type: String, description: "The client's name; `gateway` where nobody had to decide." })
  readonly by!: string;

  @ApiProperty(textOrNull)
  readonly reason!: string | null;

  @ApiProperty({ ...textOrNull, description: 'The run that it was.' })
  readonly nativeId!: string | null;

  @ApiProperty({ ...textOrNull, description: 'What has to be known of it beside, e.g. what an absence proves there.' })
  readonly note!: string | null;
}

/** A condition that needs a person. */
@ApiSchema({ name: 'Incident' })
export class IncidentView {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ enum: [...incidentKinds] })
  readonly kind!: string;

  @ApiProperty({ enum: ['open', 'resolved'] })
  readonly state!: string;

  @ApiProperty({ ...textOrNull, description: 'null: it is of no single connection.' })
  readonly connection!: string | null;

  @ApiProperty(idOrNull)
  readonly processId!: string | null;

  @ApiProperty(idOrNull)
  readonly webhookId!: string | null;

  @ApiProperty({
    type: [String],
    format: 'uuid',
    description: 'Processes that were lost together with it, or held starts that were given a run by it.',
  })
  readonly relatedProcessIds!: readonly string[];

  @ApiProperty({
    enum: [...incidentActions],
    isArray: true,
    description:
      'What this caller may do about it as it stands. Before the longest life of the request is over, some are 409.',
  })
  readonly actions!: readonly string[];

  @ApiProperty({
    type: [CandidateView],
    description: 'While it is open, without runs that belong to another process meanwhile.',
  })
  readonly candidates!: readonly CandidateView[];

  @ApiProperty({ type: ResolutionView, nullable: true })
  readonly resolution!: ResolutionView | null;

  @ApiProperty(time)
  readonly createdAt!: string;

  @ApiProperty({ ...time, nullable: true })
  readonly resolvedAt!: string | null;
}

/** An incident as this caller gets it. */
export function incidentView(found: IncidentWithProcess, caller: Caller): IncidentView {
  const { incident } = found;
  return {
    id: incident.id,
    kind: incident.kind,
    state: incident.state,
    connection: incident.connection,
    processId: incident.processId,
    webhookId: incident.webhookId,
    relatedProcessIds: incident.relatedProcessIds,
    actions: actionsOf(found).filter((action) => has(caller, scopeOf(action))),
    candidates: incident.candidates,
    resolution: incident.resolution,
    createdAt: incident.createdAt.toISOString(),
    resolvedAt: incident.resolvedAt?.toISOString() ?? null,
  };
}

/** A second send has a scope of its own. */
export function scopeOf(action: IncidentAction): 'incidents:resolve' | 'incidents:resend' {
  return action === 'resend' ? 'incidents:resend' : 'incidents:resolve';
}
