/** Shorter texts turn up by chance, and taking them out would spoil what a person has to read. */
const shortest = 8;
/** How many of the secrets that come and go are remembered; the oldest are forgotten first. */
const most = 20_000;

const instead = '[redacted]';

/**
 * The secrets that this process has seen, to be taken out of whatever leaves it beside the request that they are for: log
 * lines, errors, histories. Found as they are, and as URLs, forms, JSON and base64 write them.
 */
export class SecretValues {
  /** By their first characters, so that a text is walked once however many there are. */
  readonly #byStart = new Map<string, Set<string>>();
  /** In the order in which they came. */
  readonly #passing = new Set<string>();
  readonly #lasting = new Set<string>();

  /** Remembers a secret for as long as this process lives, e.g. a setting. */
  keep(secret: string): void {
    if (secret.length < shortest || this.#lasting.has(secret)) return;
    this.#lasting.add(secret);
    for (const form of formsOf(secret)) this.#index(form);
  }

  /** Remembers a secret that may be replaced one day, e.g. a token. */
  add(secret: string): void {
    if (secret.length < shortest || this.#lasting.has(secret)) return;
    if (this.#passing.delete(secret)) {
      this.#passing.add(secret);
      return;
    }
    this.#passing.add(secret);
    for (const form of formsOf(secret)) this.#index(form);
    const [oldest] = this.#passing;
    if (this.#passing.size > most && oldest !== undefined) this.#forget(oldest);
  }

  /** A text without the secrets that are known. */
  hide(text: string): string {
    if (text.length < shortest || this.#byStart.size === 0) return text;
    const kept: string[] = [];
    let from = 0;
    for (let at = 0; at + shortest <= text.length;) {
      const found = this.#longestAt(text, at);
      if (found === 0) at += 1;
      else {
        kept.push(text.slice(from, at), instead);
        at += found;
        from = at;
      }
    }
    return from === 0 ? text : kept.join('') + text.slice(from);
  }

  #longestAt(text: string, at: number): number {
    const forms = this.#byStart.get(text.slice(at, at + shortest));
    let longest = 0;
    for (const form of forms ?? []) if (form.length > longest && text.startsWith(form, at)) longest = form.length;
    return longest;
  }

  #index(form: string): void {
    const start = form.slice(0, shortest);
    const forms = this.#byStart.get(start) ?? new Set();
    this.#byStart.set(start, forms.add(form));
  }

  #forget(secret: string): void {
    this.#passing.delete(secret);
    for (const form of formsOf(secret)) {
      const start = form.slice(0, shortest);
      const forms = this.#byStart.get(start);
      forms?.delete(form);
      if (forms?.size === 0) this.#byStart.delete(start);
    }
  }
}

/** Those of this process: a secret must be known to whoever writes a line, wherever it was opened. */
export const secretValues = new SecretValues();

/** Every way in which a secret may stand in another text; at least `shortest` characters each. */
function formsOf(secret: string): readonly string[] {
  return [...new Set([secret, ...formsInText(secret)])].filter((form) => form.length >= shortest);
}

/** How programs write a text into another one: in a URL, a form, JSON, markup aside, and base64. */
export function formsInText(text: string): readonly string[] {
  // Half a surrogate pair has no form in a URL.
  const encoded = encodeURIComponent(Buffer.from(text).toString());
  const json = JSON.stringify(text).slice(1, -1);
  const urls = [encoded, encoded.replaceAll(/[!'()*]/g, percentOf)].flatMap((one) => [one, one.replaceAll('%20', '+')]);
  return [
    ...urls,
    // RFC 3986 has capitals, and not everybody has read it.
    ...urls.map((one) => one.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    json,
    ...asciiJsonOf(json),
    ...[0, 1, 2].flatMap((before) => base64In(text, before)),
  ];
}

function percentOf(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** As PHP and .NET write it where nobody tells them otherwise: every letter beyond ASCII as `\u0437`, and slashes escaped or not. */
function asciiJsonOf(json: string): readonly string[] {
  const ascii = json.replaceAll(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [ascii, ascii.replaceAll('/', String.raw`\/`), json.replaceAll('/', String.raw`\/`)];
}

/** What is the same of its base64 whatever stands around it, where so many bytes stand before it; nothing of what is short. */
function base64In(secret: string, before: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const skipped = before === 0 ? 0 : before + 1;
  const whole = Math.floor((bytes.length * 8) / 6);
  return [bytes.toString('base64'), bytes.toString('base64url')]
    .map((text) => text.slice(skipped, whole))
    .filter((text) => text.length >= shortest);
}
