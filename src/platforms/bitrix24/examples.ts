import type { PlatformExamples } from '../platform-kind.js';

/** Ready bodies for the documentation; the starts work in the sandbox as they are. */
export const examples: PlatformExamples = {
  starts: [
    {
      summary: 'Bitrix24: a workflow on a lead, which waits for an approval',
      body: {
        connection: 'sandbox-bitrix24',
        definition: '1',
        subject: { type: 'crm.lead', id: '1' },
        variables: { Parameter1: 'user_1' },
      },
    },
    {
      summary: 'Bitrix24: every type of parameter',
      body: {
        connection: 'sandbox-bitrix24',
        definition: '20',
        subject: { type: 'crm.deal', id: '7' },
        variables: {
          Title: 'Supply contract',
          Comment: 'Second reading',
          Copies: 3,
          Share: 12.5,
          Urgent: true,
          SignBy: '2026-12-31',
          MeetAt: '2026-12-01T10:00:00+03:00',
          Kind: 'supply',
          Approver: 'user_14',
          Amount: { amount: '100.50', currency: 'RUB' },
          Readers: ['user_15', 'user_16'],
        },
      },
    },
    {
      summary: 'Bitrix24: a document for signature by an employee',
      body: {
        connection: 'sandbox-bitrix24-app',
        definition: 'sign.b2e.document',
        variables: {
          company: { crmId: 12 },
          members: [
            { userId: 25, role: 'signer' },
            { userId: 42, role: 'assignee' },
          ],
          responsible: { userId: 7 },
          companyProviderUid: 'd4f6b8a1-4c6d-4d8c-9c7c-2d1b1f6d0f2b',
          files: [{ fileName: 'contract.pdf', fileType: 'application/pdf', fileContent: 'JVBERi0xLjQKJSVFT0YK' }],
          regionDocumentType: '12.999',
          externalSettings: { externalId: 'EXT-123', externalDateCreate: '2026-02-18T09:19:34+03:00' },
        },
        options: { language: 'en' },
      },
    },
  ],
  connections: [
    {
      summary: 'Bitrix24 by inbound webhook',
      body: {
        key: 'sales-portal',
        platform: 'bitrix24',
        name: 'Sales portal',
        baseUrl: 'https://example.bitrix24.ru',
        auth: { type: 'webhook', userId: 1, secret: 'secret-of-the-webhook' },
      },
    },
    {
      summary: 'Bitrix24 by application (OAuth 2.0), which signing needs',
      body: {
        key: 'hr-portal',
        platform: 'bitrix24',
        name: 'HR portal',
        baseUrl: 'https://example.bitrix24.ru',
        auth: {
          type: 'oauth',
          clientId: 'local.5f0c1e2d3b4a56.12345678',
          clientSecret: 'secret-of-the-application',
          tokenUrl: 'https://oauth.bitrix24.tech/oauth/token/',
        },
      },
    },
  ],
};
