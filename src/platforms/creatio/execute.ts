import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Json } from '../../lib/json.js';
import type { ParameterType } from '../definition.js';
import { z } from 'zod';
import { parsed } from './creatio.wire.js';

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  // Numeric entities too: WCF writes a carriage return as &#xD;.
  // oxlint-disable-next-line typescript/no-deprecated -- what replaces it is a package of its own
  htmlEntities: true,
});

const StringRoot = z.strictObject({ string: z.string() });

/**
 * The text in the `<string>` element that Execute answers, entities decoded; `null`: the body is not such a document, or
 * not the whole of it. The namespace differs between the documentation and real instances and is ignored.
 *
 * Source: Academy, "ProcessEngineService.svc web service".
 */
export function stringElement(body: string): string | null {
  // oxlint-disable-next-line typescript/no-deprecated -- the parser alone takes half a document; its successor is a package of its own
  if (body.trim() === '' || XMLValidator.validate(body) !== true) return null;
  try {
    return StringRoot.safeParse(parser.parse(body)).data?.string ?? null;
  } catch {
    // Entities that a document declares itself are limited by the parser, which throws beyond that.
    return null;
  }
}

const dotNetDate = /^\/Date\((-?\d+)([+-]\d{4})?\)\/$/;

/**
 * The value of an output in the text of Execute, which is JSON, e.g. `"plain"`, `42`, `null`. A text that holds JSON
 * stays a text; a collection is unpacked once more, as some builds quote it.
 */
export function outputValue(text: string, type: ParameterType | null): Json {
  if (text.trim() === '') return null;
  const value = jsonOf(text);
  if (typeof value !== 'string') return value;
  if (type === 'collection') return jsonOf(value);
  const date = type === 'datetime' || type === 'date' || type === 'time' ? dotNetDate.exec(value) : null;
  const at = date && new Date(Number(date[1]));
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : value;
}

function jsonOf(text: string): Json {
  return text.trim() === 'null' ? null : (parsed(z.json(), text) ?? text);
}
