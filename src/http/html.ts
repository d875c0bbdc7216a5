import { closedHeaders } from './security-headers.js';

/** No script, no style, nothing from elsewhere. */
export const pageHeaders = { 'content-type': 'text/html; charset=utf-8', ...closedHeaders } as const;

/** A whole page. @param body  HTML */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>
<body>
<h1>${escaped(title)}</h1>
${body}
</body>
</html>
`;
}

/** A text in HTML; names in backquotes stand out. */
export function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
