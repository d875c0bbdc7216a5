import { z } from 'zod';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { SigningProvider, SigningProviderQuery } from '../signing-provider.js';
import type { Bitrix24Client } from './bitrix24.client.js';

const moment = z
  .string()
  .transform((told) => new Date(told))
  .refine((at) => !Number.isNaN(at.getTime()))
  .nullish()
  .catch(null);

/** Source: b24restdocs api-reference/sign/b2e/sign-b2e-company-provider-list.md */
const ProviderRow = z.object({
  uid: z.string().min(1),
  code: z.string().catch(''),
  name: z.string().catch(''),
  date: moment,
  expires: moment,
});

/**
 * Who can sign for a company; expired ones are left out by the portal.
 *
 * @throws Refused('not_found')  the portal does not know the company
 * @throws Refused('rejected')  it cannot make the list for it
 */
export async function listSigningProviders(
  client: Bitrix24Client,
  { company, offset, limit }: SigningProviderQuery,
  call: Call,
): Promise<readonly SigningProvider[]> {
  const named = 'crmId' in company ? { companyCrmId: company.crmId } : { companyUuid: company.uuid };
  const params = { ...named, language: 'en', limit, offset };
  const { result } = await client.call({ asked: 'providers', method: 'sign.b2e.company.provider.list', params }, call);
  const rows = z.array(ProviderRow).safeParse(result);
  if (!rows.success) throw new InDoubt('The list of signing providers cannot be read.', null, { cause: rows.error });
  return rows.data.map(({ uid, code, name, date, expires }) => ({
    uid,
    code,
    name,
    createdAt: date ?? null,
    expiresAt: expires ?? null,
  }));
}
