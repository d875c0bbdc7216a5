import { pointerTo, shapeFault, type Fault } from '../lib/fault.js';

/** How much structure a body may have. */
export interface JsonLimits {
  readonly depth: number;
  readonly keys: number;
}

/** What `JSON.parse` would not tell: structure over the limits, or faults it passes over in silence. */
export type JsonScan = { readonly over: string } | { readonly faults: readonly Fault[] };

interface Frame {
  /** `null` in an array. */
  readonly keys: Set<string> | null;
  /** The key or index that is being read. */
  step: string | number;
}

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const maxFaults = 100;

/**
 * Reads a JSON text once, from left to right, and finds what would be lost on parsing it: keys that stand twice or reach
 * for a prototype, numbers that no double holds, U+0000 and lone surrogates. Linear in the text, with a stack no deeper
 * than the limit. It does not judge the grammar; `JSON.parse` does.
 */
export function scanJson(text: string, limits: JsonLimits): JsonScan {
  const faults: Fault[] = [];
  const frames: Frame[] = [];
  let keys = 0;
  let expectsKey = false;
  const fault = (code: string, message: string): void => {
    if (faults.length < maxFaults) faults.push(shapeFault(pointerTo(...frames.map(({ step }) => step)), code, message));
  };
  for (let at = 0; at < text.length; at += 1) {
    const frame = frames.at(-1);
    const sign = text[at];
    if (sign === '{' || sign === '[') {
      if (frames.length >= limits.depth) return { over: `The body is nested deeper than ${limits.depth}.` };
      frames.push(sign === '{' ? { keys: new Set(), step: '' } : { keys: null, step: 0 });
      expectsKey = sign === '{';
    } else if (sign === '}' || sign === ']') {
      frames.pop();
      expectsKey = false;
    } else if (sign === ',' && frame) {
      if (typeof frame.step === 'number') frame.step += 1;
      expectsKey = frame.keys !== null;
    } else if (sign === '"') {
      const end = endOfString(text, at);
      const value = stringAt(text, at, end);
      at = end;
      if (expectsKey && frame?.keys) {
        keys += 1;
        if (keys > limits.keys) return { over: `The body has more than ${limits.keys} keys.` };
        frame.step = value.replaceAll(/\p{Surrogate}/gu, '\uFFFD');
        expectsKey = false;
        if (frame.keys.has(value)) fault('duplicate-key', 'This key stands twice in its object; leave one.');
        else if (isForbidden(value, frames.at(-2))) fault('forbidden-key', 'This key is not allowed; remove it.');
        frame.keys.add(value);
      }
      if (value.includes('\0')) fault('null-character', 'The character U+0000 cannot be stored; remove it.');
      if (/\p{Surrogate}/u.test(value)) fault('lone-surrogate', 'Half of a surrogate pair is no character; remove it.');
    } else if (sign !== undefined && (sign === '-' || (sign >= '0' && sign <= '9'))) {
      number.lastIndex = at;
      const token = number.exec(text)?.[0] ?? sign;
      at += token.length - 1;
      if (!survives(token)) fault('number-too-large', 'No double holds this number; send it as text.');
    }
  }
  return { faults };
}

/** The index of the quote that ends the string which begins at `start`; the text's end where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return quote;
    at = quote + 1;
  }
}

function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

function isForbidden(key: string, parent: Frame | undefined): boolean {
  return key === '__proto__' || key === 'constructor' || (key === 'prototype' && parent?.step === 'constructor');
}

/** Whether a double holds what the token says: integers exactly, others without becoming infinite or zero. */
function survives(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/^[^eE]*[1-9]/.test(token);
  if (/[.eE]/.test(token) || Number.isSafeInteger(value)) return true;
  // No integer of that many digits is worth the time that comparing it would take.
  return token.length <= 40 && BigInt(token) === BigInt(value);
}
