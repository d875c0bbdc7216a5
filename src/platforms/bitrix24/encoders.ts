import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { Encode, Encoders } from '../variables.js';

const dateForm = /^(\d{4})-(\d{2})-(\d{2})$/;
const Money = z.strictObject({
  amount: z.string().regex(/^-?\d{1,18}(\.\d{1,6})?$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

const isWhole = (value: Json): value is number => typeof value === 'number' && Number.isSafeInteger(value);

const text: Encode = (value) => (typeof value === 'string' ? value : null);
const boolean: Encode = (value) => (typeof value === 'boolean' ? yesOrNo(value) : null);
const number: Encode = (value) => (typeof value === 'number' ? decimalText(value) : null);
const integer: Encode = (value) => (isWhole(value) ? String(value) : null);

const select: Encode = (value, { options }) =>
  typeof value === 'string' && (options === null || options.includes(value)) ? value : null;

/** `user_14`; groups have the same form. Source: b24restdocs api-reference/bizproc/bizproc-workflow-start.md */
const user: Encode = (value) => (typeof value === 'string' && /^(user|group)_\w+$/.test(value) ? value : null);

/** The id of a file that the portal has already: contents are not converted by a start. Observed. */
const file: Encode = (value) => {
  if (typeof value === 'string') return /^[1-9]\d*$/.test(value) ? value : null;
  return isWhole(value) && value > 0 ? String(value) : null;
};

/** `100.50|RUB`. Unverified: the form of the portal's own money fields. */
const money: Encode = (value) => {
  const read = Money.safeParse(value);
  return read.success ? `${read.data.amount}|${read.data.currency}` : null;
};

const date: Encode = (value) => (typeof value === 'string' ? portalDate(value) : null);

const time: Encode = (value) =>
  typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(value) ? value : null;

/**
 * How a portal takes each type, always as text.
 *
 * Dates go as `24.08.2023` and `24.08.2023 13:19:39`, the form that portals were seen to show and take; a portal with
 * another culture may read them differently, and ISO forms are unverified for a start.
 *
 * @param utcOffsetMinutes  the portal's zone; dates with a time are written in it
 */
export function encodersIn(utcOffsetMinutes: number): Encoders {
  return {
    text,
    boolean,
    number,
    integer,
    select,
    user,
    file,
    money,
    date,
    time,
    datetime: (value) => (typeof value === 'string' ? portalDateTime(value, utcOffsetMinutes) : null),
    other: scalarText,
  };
}

/** A scalar whose type nobody told; `null` for objects. */
export function scalarText(value: Json): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return yesOrNo(value);
  return typeof value === 'number' ? decimalText(value) : null;
}

/**
 * The offset at the end of an RFC 3339 time: `180` of "2024-09-16T08:41:00+03:00"; `null` where there is none.
 */
export function utcOffsetMinutesOf(timeText: string | null): number | null {
  const [, sign, hours, minutes] = /T.*?(?:([+-])(\d{2}):?(\d{2})|Z)$/.exec(timeText ?? '') ?? [];
  if (sign === undefined) return timeText?.endsWith('Z') === true ? 0 : null;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const yesOrNo = (value: boolean): string => (value ? 'Y' : 'N');

/** Without an exponent, which PHP would take as text. */
function decimalText(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const short = String(value);
  return short.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : short;
}

function portalDate(value: string): string | null {
  const [, year, month, day] = dateForm.exec(value) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  // A day that does not exist (30 February) rolls over into another month.
  const real = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(real.getTime()) || real.getUTCDate() !== Number(day)) return null;
  return `${day}.${month}.${year}`;
}

function portalDateTime(value: string, utcOffsetMinutes: number): string | null {
  const wellFormed = /^\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
  if (!wellFormed.test(value) || portalDate(value.slice(0, 10)) === null) return null;
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return null;
  const there = new Date(at.getTime() + utcOffsetMinutes * 60_000).toISOString();
  const day = portalDate(there.slice(0, 10));
  return day === null ? null : `${day} ${there.slice(11, 19)}`;
}
