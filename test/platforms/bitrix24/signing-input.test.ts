import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/lib/json.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { signingDefinition } from '../../../src/platforms/bitrix24/signing.js';
import type { StartOrder } from '../../../src/platforms/run.js';
import { answer, answering, oauthAuth } from './answering.js';
import { signing, signingFields as fields } from './signings.js';

const portal = answering(answer(200, { result: null }), oauthAuth);
const faultsOf = (order: StartOrder): (readonly string[])[] =>
  portal.prepare(order, signingDefinition).faults.map(({ pointer, code, kind }) => [pointer, code, kind]);

describe('the input of a signing', () => {
  it('is the fields object of the vendor', () => {
    expect(portal.prepare(signing(), signingDefinition)).toEqual({
      faults: [],
      unsupported: null,
      subject: null,
      inputChecked: true,
    });
    expect(signingDefinition.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it('must be complete', () => {
    const required = faultsOf(signing({})).map(([pointer]) => pointer);

    expect(required).toEqual(
      [
        'company',
        'members',
        'responsible',
        'companyProviderUid',
        'files',
        'regionDocumentType',
        'externalSettings',
      ].map((name) => `/variables/${name}`),
    );
  });

  const file = { fileName: 'a.pdf', fileType: 'application/pdf', fileContent: 'JVBERi0=' };
  const date = '2026-02-18T09:19:34Z';
  const [signer, assignee] = [
    { userId: 1, role: 'signer' },
    { userId: 2, role: 'assignee' },
  ];
  it.each<[string, JsonObject, string, RegExp]>([
    ['both companies', { company: { crmId: 1, uuid: 'u' } }, '/variables/company', /exactly one/],
    ['no company', { company: {} }, '/variables/company', /Company data is required/],
    ['a company number in the place of none', { company: { crmId: 0 } }, '/variables/company/crmId', /./],
    ['no members', { members: [] }, '/variables/members', /"signer" is required/],
    ['no signer', { members: [assignee] }, '/variables/members', /"signer" is required/],
    ['no assignee', { members: [signer] }, '/variables/members', /"assignee" is required/],
    ['an unknown role', { members: [{ userId: 1, role: 'boss' }] }, '/variables/members/0/role', /Invalid role/],
    ['a member without a role', { members: [signer, { userId: 2 }] }, '/variables/members/1/role', /Invalid role/],
    ['a nameless member', { members: [{ role: 'signer' }, assignee] }, '/variables/members/0', /employee is required/i],
    ['a member of two names', { members: [{ ...signer, employeeId: 5 }, assignee] }, '/variables/members/0', /one of/],
    [
      'an employee of a company without HCM Link',
      { members: [signer, { employeeId: 5, role: 'assignee' }] },
      '/variables/members/1/employeeId',
      /company\.uuid/,
    ],
    ['an employee code there', { responsible: { employeeCode: 'E' } }, '/variables/responsible/employeeCode', /userId/],
    ['nobody responsible', { responsible: {} }, '/variables/responsible', /employee is required/i],
    ['a responsible of no role', { responsible: { userId: 1, role: 'x' } }, '/variables/responsible/role', /role/],
    ['two files', { files: [file, file] }, '/variables/files', /exactly one PDF/],
    ['no file', { files: [] }, '/variables/files', /At least one file/],
    ['a picture', { files: [{ ...file, fileType: 'image/png' }] }, '/variables/files/0/fileType', /application\/pdf/],
    ['a name of a text', { files: [{ ...file, fileName: 'a.doc' }] }, '/variables/files/0/fileName', /\.pdf/],
    ['a name without an end', { files: [{ ...file, fileName: 'a' }] }, '/variables/files/0/fileName', /not specified/],
    ['an end without a name', { files: [{ ...file, fileName: '.pdf' }] }, '/variables/files/0/fileName', /./],
    ['an empty file', { files: [{ ...file, fileContent: '' }] }, '/variables/files/0/fileContent', /empty/],
    ['what is no base64', { files: [{ ...file, fileContent: 'JVBERi0' }] }, '/variables/files/0/fileContent', /base64/],
    [
      'letters of another base64',
      { files: [{ ...file, fileContent: 'JVBERi_-' }] },
      '/variables/files/0/fileContent',
      /base64/,
    ],
    [
      'an address of data',
      { files: [{ ...file, fileContent: 'data:application/pdf;base64,JVBERi0=' }] },
      '/variables/files/0/fileContent',
      /alone/,
    ],
    [
      'a file that is none of PDF',
      { files: [{ ...file, fileContent: 'UEsDBBQA' }] },
      '/variables/files/0/fileContent',
      /%PDF/,
    ],
    ['no provider', { companyProviderUid: '' }, '/variables/companyProviderUid', /signing-providers/],
    ['no region', { regionDocumentType: '' }, '/variables/regionDocumentType', /12\.999/],
    [
      'no date',
      { externalSettings: { externalId: 'E' } },
      '/variables/externalSettings/externalDateCreate',
      /required|Invalid field value/,
    ],
    [
      'a date in other words',
      { externalSettings: { externalId: 'E', externalDateCreate: '18.02.2026' } },
      '/variables/externalSettings/externalDateCreate',
      /offset/,
    ],
    [
      'a day that is none',
      { externalSettings: { externalId: 'E', externalDateCreate: '2026-02-30T09:19:34Z' } },
      '/variables/externalSettings/externalDateCreate',
      /Invalid field value/,
    ],
    [
      'no id',
      { externalSettings: { externalId: '', externalDateCreate: date } },
      '/variables/externalSettings/externalId',
      /required/,
    ],
    [
      'a long id',
      { externalSettings: { externalId: 'E'.repeat(256), externalDateCreate: date } },
      '/variables/externalSettings/externalId',
      /255/,
    ],
    ['an unknown field', { fieldz: 1 }, '/variables/fieldz', /no field "fieldz"/],
    ['a field of the wrong type', { regionDocumentType: 12.999 }, '/variables/regionDocumentType', /string/],
  ])('with %s is a fault of value', (_, changed, pointer, says) => {
    const { faults } = portal.prepare(signing({ ...fields, ...changed }), signingDefinition);

    expect(faults).toContainEqual({
      pointer,
      code: expect.any(String),
      kind: 'value',
      message: expect.stringMatching(says),
    });
  });

  it.each<[string, JsonObject]>([
    ['employees of a company with HCM Link', { company: { uuid: 'u' }, responsible: { employeeCode: 'E-1' } }],
    ['every role', { members: ['signer', 'assignee', 'reviewer', 'editor'].map((role) => ({ userId: 1, role })) }],
    ['an id of 255 characters', { externalSettings: { externalId: '🖋'.repeat(255), externalDateCreate: date } }],
    ['lines of base64', { files: [{ ...file, fileContent: 'JVBE\r\nRi0=' }] }],
    ['capitals at the end of the name', { files: [{ ...file, fileName: 'Договор №1.PDF' }] }],
    ['a role of the responsible', { responsible: { userId: 7, role: 'assignee' } }],
  ])('takes %s', (_, changed) => {
    expect(faultsOf(signing({ ...fields, ...changed }))).toEqual([]);
  });

  it('is told all its faults at once, those across fields too', () => {
    const many = {
      ...fields,
      company: { crmId: 12 },
      members: [{ employeeId: 5, role: 'boss' }],
      files: [{ ...file, fileName: 'a.doc', fileContent: 'UEsDBBQA' }],
      regionDocumentType: '',
      unknown: 1,
    };

    const pointers = faultsOf(signing(many)).map(([pointer]) => pointer);

    expect(pointers).toHaveLength(8);
    expect(pointers).toEqual(
      expect.arrayContaining([
        '/variables/files/0/fileContent',
        '/variables/files/0/fileName',
        '/variables/members',
        '/variables/members/0/employeeId',
        '/variables/members/0/role',
        '/variables/regionDocumentType',
        '/variables/unknown',
      ]),
    );
  });

  it('takes a language beside it, and nothing else', () => {
    expect(faultsOf(signing(fields, { language: 'ru' }))).toEqual([]);
    expect(faultsOf(signing(fields, { language: 'russian' }))).toEqual([['/options/language', 'invalid', 'value']]);
    expect(faultsOf(signing(fields, { lang: 'ru' }))).toEqual([['/options/lang', 'unknown-field', 'shape']]);
  });

  it('is shown with a hash in the place of the file', () => {
    const { body } = portal.nativeCall(signing());

    expect(JSON.stringify(body)).not.toContain('JVBERi0');
    expect(body).toMatchObject({ fields: { files: [{ fileContent: { bytes: 15 } }] }, language: 'en' });
    expect(JSON.stringify(portal.nativeCall(signing()))).not.toContain('canary');
    expect(bitrix24.showVariables?.('sign.b2e.document', fields)).toEqual(body?.['fields']);
    expect(bitrix24.showVariables?.('1', { a: 'b' })).toEqual({ a: 'b' });
  });
});
