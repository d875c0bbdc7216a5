import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** What a start would be found to be. */
@ApiSchema({ name: 'Validation' })
export class ValidationView {
  @ApiProperty({ type: Boolean })
  readonly valid!: boolean;

  @ApiProperty({
    type: 'array',
    items: {
      type: 'object',
      properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      required: ['pointer', 'code', 'message'],
    },
  })
  readonly errors!: object[];

  @ApiProperty({
    type: 'object',
    nullable: true,
    properties: {
      method: { type: 'string' },
      url: { type: 'string' },
      headers: { type: 'object', additionalProperties: { type: 'string' } },
      body: { type: 'object', nullable: true, additionalProperties: true },
    },
    description: 'The request that would be sent, secrets redacted; null where something is wrong.',
  })
  readonly nativeCall!: object | null;
}
