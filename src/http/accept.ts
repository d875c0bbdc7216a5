/**
 * Whether a caller takes JSON, as RFC 9110 reads `Accept`: the most specific range decides, `q=0` refuses.
 *
 * @param accept  the header as it came; none, or an empty one, takes everything
 */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*' || accept === 'application/json' || accept.trim() === '') return true;
  const ranges = new Map(accept.split(',').map(rangeIn));
  for (const type of ['application/json', 'application/problem+json', 'application/*', '*/*']) {
    const takes = ranges.get(type);
    if (takes !== undefined) return takes;
  }
  return false;
}

/** Whether a caller asks for a stream of events, and not for JSON. */
export function asksForStream(accept: string | undefined): boolean {
  if (accept === undefined || !accept.toLowerCase().includes(eventStream)) return false;
  const ranges = new Map(accept.split(',').map(rangeIn));
  return ranges.get(eventStream) === true && ranges.get('application/json') !== true;
}

/** The media type of Server-Sent Events. */
export const eventStream = 'text/event-stream';

function rangeIn(text: string): [type: string, takes: boolean] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  return [type, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))];
}
