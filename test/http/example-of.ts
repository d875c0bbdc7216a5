import { bitrix24 } from '../../src/platforms/bitrix24/bitrix24.platform.js';

/** A start that works in the sandbox as it is. */
export function exampleOf(definition: string): Readonly<Record<string, unknown>> {
  return (
    bitrix24.examples.starts.find(({ body }) => body['definition'] === definition)?.body ?? {
      subject: { type: 'crm.lead', id: '1' },
      variables: { Note: 'a test' },
    }
  );
}
