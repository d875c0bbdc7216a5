import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'KitPart' })
export class KitPartView {
  @ApiProperty({ type: String, example: 'activity', description: 'Which parts there are is for the platform to say.' })
  readonly name!: string;

  @ApiProperty({ type: Boolean })
  readonly installed!: boolean;

  @ApiProperty({ type: String, nullable: true, description: "The platform's own name for it." })
  readonly native!: string | null;
}

/** What has a portal and its runs tell by themselves, as the portal has it. */
@ApiSchema({ name: 'CorrelationKit' })
export class CorrelationKitView {
  @ApiProperty({ type: [KitPartView] })
  readonly parts!: readonly KitPartView[];
}

/** Shown once. */
@ApiSchema({ name: 'ReportToken' })
export class ReportTokenView {
  @ApiProperty({ type: String, example: 'bpmgw_report_8Jk2…' })
  readonly token!: string;

  @ApiProperty({
    type: String,
    description:
      "Where to report to, the token in it, ready for a step of the portal that calls an address: what the platform's " +
      'own placeholders stand for it fills in. Set `outcome` for each step: started, completed or failed.',
  })
  readonly url!: string;
}
