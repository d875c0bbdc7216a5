import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsObject, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { valueFault, type Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import { reportOutcomes, type Receipt, type ReportOutcome } from '../processes/reports.js';
import { Optional, OptionalOrNull } from './optional.js';
import { QueryAsSent, QueryWord } from './query-field.js';

const about = {
  processId: 'Our id, where the run was told it: the parameter `gatewayProcessId` of its definition.',
  nativeId: "The platform's id of the run. One of the two is needed; both together are an exact match.",
  outcome: 'How far the run has come.',
  message: 'For people; of a failure the reason. What is longer than 2,000 characters is cut.',
  reportId: 'The same report under the same id counts once; without one the same content is the same report.',
} as const;

/** What a run tells of itself. */
@ApiSchema({ name: 'Report' })
export class ReportBody {
  @Optional()
  @IsUUID()
  @ApiPropertyOptional({ type: String, format: 'uuid', description: about.processId })
  readonly processId?: string;

  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: 255, description: about.nativeId })
  readonly nativeId?: string;

  @IsIn(reportOutcomes)
  @ApiProperty({ enum: [...reportOutcomes], description: about.outcome })
  readonly outcome!: ReportOutcome;

  @OptionalOrNull()
  @IsString()
  @ApiPropertyOptional({ type: String, nullable: true, description: about.message })
  readonly message?: string | null;

  @OptionalOrNull()
  @IsObject()
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true, description: 'What came of it.' })
  readonly result?: JsonObject | null;

  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: 255, description: about.reportId })
  readonly reportId?: string;

  static faultsIn({ processId, nativeId }: Readonly<Record<string, unknown>>): readonly Fault[] {
    if (processId !== undefined || nativeId !== undefined) return [];
    return [valueFault('/processId', 'required', 'Name the process: send processId, nativeId or both.')];
  }
}

/** The same as parameters, for steps that can set nothing but an address; what is empty says nothing. */
export class ReportQuery {
  @QueryAsSent('The report token, where no header can be sent.')
  readonly token?: string;

  @QueryAsSent(about.processId)
  readonly processId?: string;

  @QueryAsSent(about.nativeId)
  readonly nativeId?: string;

  @QueryWord(reportOutcomes, about.outcome)
  readonly outcome?: string;

  @QueryAsSent(about.message)
  readonly message?: string;

  @QueryAsSent('What came of it: a JSON object, or a text, which becomes `{"value": text}`.')
  readonly result?: string;

  @QueryAsSent(about.reportId)
  readonly reportId?: string;
}

/** What became of a report. */
@ApiSchema({ name: 'ReportReceipt' })
export class ReceiptView {
  @ApiProperty({
    enum: ['applied', 'repeated', 'kept'],
    description:
      'applied: it had its effect, or told nothing new; repeated: it was known; kept: this connection has no such process so far.',
  })
  readonly receipt!: Receipt;
}
