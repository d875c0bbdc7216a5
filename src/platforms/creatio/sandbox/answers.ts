import type { SimulatedAnswer } from '../../../lib/simulator.js';

type Whole = Extract<SimulatedAnswer, { status: number }>;

export function json(status: number, value: unknown): Whole {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

/** A page as a web server or a proxy writes it. */
export function html(status: number, title: string): Whole {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

/** What a service without an operation of that name answers: nothing. */
export function unrouted(): Whole {
  return { status: 404, body: '' };
}

/** The envelope of Execute. */
export function stringXml(text: string): Whole {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const body = `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${escaped}</string>`;
  return { status: 200, headers: { 'content-type': 'application/xml; charset=utf-8' }, body };
}
