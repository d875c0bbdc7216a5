import type { PlatformExamples } from '../platform-kind.js';

/** Ready bodies for the documentation; the starts run on the sandbox as they stand. */
export const examples: PlatformExamples = {
  starts: [
    {
      summary: 'Start a process that waits for a person',
      body: {
        connection: 'sandbox-creatio',
        definition: 'UsrApproval',
        variables: { Document: 'Contract 17', Amount: { amount: '1250.50', currency: 'EUR' } },
        businessKey: 'PO-2026-0017',
      },
    },
    {
      summary: 'Run a process to its end and take its results',
      body: {
        connection: 'sandbox-creatio',
        definition: 'UsrOrderCheck',
        variables: {
          Customer: 'Alfa',
          Quantity: 3,
          Price: 10.11,
          Urgent: true,
          DueAt: '2026-12-01T10:00:00Z',
          Items: [{ Product: 'Chair', Quantity: 3 }],
        },
        results: ['Greeting', 'Total', 'Lines'],
      },
    },
    {
      summary: 'Start with Execute, which gives one result and no run id',
      body: {
        connection: 'sandbox-creatio',
        definition: 'UsrOrderCheck',
        variables: { Customer: 'Alfa', Quantity: 3, Price: 10.11 },
        results: ['Total'],
        options: { startWith: 'Execute' },
      },
    },
    {
      summary: 'Lose the answer of a start that ran',
      body: { connection: 'sandbox-creatio', definition: 'UsrLostAnswer', variables: {} },
    },
  ],
  connections: [
    {
      summary: 'A technical user',
      body: {
        key: 'sales-creatio',
        platform: 'creatio',
        name: 'Sales',
        baseUrl: 'https://example.creatio.com',
        auth: { type: 'forms', username: 'gateway', password: 'the-password' },
      },
    },
    {
      summary: 'OAuth 2.0 client credentials',
      body: {
        key: 'sales-creatio-oauth',
        platform: 'creatio',
        name: 'Sales',
        baseUrl: 'https://example.creatio.com',
        auth: {
          type: 'oauth',
          clientId: 'the-client-id',
          clientSecret: 'the-client-secret',
          tokenUrl: 'https://example-is.creatio.com/connect/token',
        },
        runtime: 'net',
      },
    },
  ],
};
