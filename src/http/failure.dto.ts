import { ApiProperty, ApiSchema } from '@nestjs/swagger';

const textOrNull = { type: String, nullable: true } as const;

/** The platform's own words. */
@ApiSchema({ name: 'NativeFault' })
export class NativeFaultView {
  @ApiProperty({ ...textOrNull, description: "The platform's code, verbatim; may be empty." })
  readonly code!: string | null;

  @ApiProperty(textOrNull)
  readonly message!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  readonly httpStatus!: number | null;
}

/** Why a process failed or was refused. */
@ApiSchema({ name: 'Failure' })
export class FailureView {
  @ApiProperty({ type: String, example: 'platform-rejected' })
  readonly code!: string;

  @ApiProperty({ type: String })
  readonly message!: string;

  @ApiProperty({ type: NativeFaultView, nullable: true })
  readonly platform!: NativeFaultView | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;
}
