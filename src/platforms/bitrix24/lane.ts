import { createHash } from 'node:crypto';
import { isJsonObject } from '../../lib/json.js';
import type { StartRequest } from '../run.js';
import { signing } from './signing.js';
import { comparable, tripleOf } from './subjects.js';

const longestKey = 1000;

/**
 * The key of a start's lane. Runs of one template on one document look alike from outside; documents for signature are
 * told apart by their externalId. What is too long for a key becomes its hash.
 */
export function laneKeyOf({ definition, subject, variables }: StartRequest): string {
  const settings = variables['externalSettings'];
  const externalId = definition === signing && isJsonObject(settings) ? settings['externalId'] : null;
  const triple = subject && definition !== signing ? tripleOf(subject) : null;
  const parts = [
    definition,
    ...(triple ? comparable(triple) : []),
    ...(typeof externalId === 'string' ? [externalId] : []),
  ];
  const key = parts.map((part) => part.replaceAll('|', '%7C')).join('|');
  return key.length <= longestKey ? key : `${definition}|sha256:${createHash('sha256').update(key).digest('hex')}`;
}
