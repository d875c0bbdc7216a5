import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOfCompany, ListSigningProviders } from '../dispatch/list-signing-providers.js';
import type { SigningProvider, SigningProviderQuery } from '../platforms/signing-provider.js';
import type { Caller } from '../security/caller.js';
import { CurrentCaller, Scopes } from './access.js';
import { cursorOf, positionOf } from './cursor.js';
import { CompanyNotServed } from './door.errors.js';
import { cut, pageOf, type Page } from './page.js';
import { ApiPage } from './page.decorator.js';
import { Problems } from './problems.decorator.js';
import { seenConnection } from './seen-connection.js';
import { keyParam } from './shown-connection.js';
import {
  companyOf,
  SigningProvidersQuery,
  signingProviderView,
  SigningProviderView,
} from './signing-providers.view.js';

const list = 'signing-providers';

@ApiTags('Definitions')
@Controller('v1/connections/:key/signing-providers')
export class SigningProvidersController {
  constructor(@Inject(ListSigningProviders) private readonly providers: ListSigningProviders) {}

  @Get()
  @Scopes('definitions:read')
  @ApiParam(keyParam)
  @ApiOperation({
    operationId: 'listSigningProviders',
    summary: 'List who can sign for a company',
    description:
      'Read from the portal at each request, in its order; expired ones are left out. Exactly one of `companyCrmId` and ' +
      '`companyUuid` names the company; where the portal does not take it, 422 `platform-rejected` with that parameter. ' +
      'It takes a connection with auth type "oauth".',
  })
  @ApiPage(SigningProviderView)
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
  async list(
    @Param('key') key: string,
    @Query() query: SigningProvidersQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<SigningProviderView>> {
    const [place = '0'] = positionOf(query.cursor, list, [/^\d{1,9}$/]) ?? [];
    const offset = Number(place);
    const { company, parameter } = companyOf(query);
    const asked = { company, offset, limit: query.limit + 1 };
    const rows = await this.#read(seenConnection(caller, key), asked, parameter);
    const { items, nextCursor } = cut(rows, query.limit, () => cursorOf(list, [String(offset + query.limit)]));
    return pageOf(items.map(signingProviderView), nextCursor, { request, reply });
  }

  async #read(key: string, asked: SigningProviderQuery, parameter: string): Promise<readonly SigningProvider[]> {
    try {
      return await this.providers.of(key, asked);
    } catch (error) {
      if (!isOfCompany(error)) throw error;
      throw new CompanyNotServed(parameter, error.native, { cause: error, isUnknown: error.because === 'not_found' });
    }
  }
}
