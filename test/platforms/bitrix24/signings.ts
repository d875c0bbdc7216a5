import type { JsonObject } from '../../../src/lib/json.js';
import { examples } from '../../../src/platforms/bitrix24/examples.js';
import type { StartOrder } from '../../../src/platforms/run.js';
import { orderOf } from './open-sandbox.js';

/** The fields of a document that the simulated portal takes. */
export const signingFields: JsonObject = Object(examples.starts[2]?.body['variables']);

/** The order of one document for signature. */
export const signing = (variables: JsonObject = signingFields, options: JsonObject = {}): StartOrder =>
  orderOf('sign.b2e.document', { subject: null, variables, options });
