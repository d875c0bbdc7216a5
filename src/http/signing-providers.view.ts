import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { SigningCompany, SigningProvider } from '../platforms/signing-provider.js';
import type { ParameterFault } from './door.errors.js';
import { ListQuery } from './list-query.js';
import { QueryText, QueryWhole } from './query-field.js';

const both = ['companyCrmId', 'companyUuid'] as const;

/** Whose providers are wanted: exactly one of the two. */
@ApiSchema({ name: 'SigningProviderQuery' })
export class SigningProvidersQuery extends ListQuery {
  @QueryWhole(1, 2_147_483_647, 'The number of one of your own companies in the CRM.')
  readonly companyCrmId?: number;

  @QueryText('The id of a company that is linked by HCM Link.')
  readonly companyUuid?: string;

  static faultsBetween(given: ReadonlySet<string>): readonly ParameterFault[] {
    const named = both.filter((parameter) => given.has(parameter));
    if (named.length === 1) return [];
    const code = named.length === 0 ? 'required' : 'ambiguous';
    return both.map((parameter) => ({ parameter, code, message: 'Send exactly one of companyCrmId and companyUuid.' }));
  }
}

/** The company of a query, and the parameter that names it. */
export function companyOf({ companyCrmId, companyUuid = '' }: SigningProvidersQuery): {
  readonly company: SigningCompany;
  readonly parameter: string;
} {
  return companyCrmId === undefined
    ? { company: { uuid: companyUuid }, parameter: 'companyUuid' }
    : { company: { crmId: companyCrmId }, parameter: 'companyCrmId' };
}

/** Who can sign for a company. */
@ApiSchema({ name: 'SigningProvider' })
export class SigningProviderView {
  @ApiProperty({ type: String, description: '`companyProviderUid` of a signing.' })
  readonly uid!: string;

  @ApiProperty({ type: String, example: 'ses-ru', description: 'The kind of provider.' })
  readonly code!: string;

  @ApiProperty({ type: String, example: 'Goskey' })
  readonly name!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: not told.' })
  readonly createdAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null: never, or not told.' })
  readonly expiresAt!: string | null;
}

export function signingProviderView({ uid, code, name, createdAt, expiresAt }: SigningProvider): SigningProviderView {
  return {
    uid,
    code,
    name,
    createdAt: createdAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
