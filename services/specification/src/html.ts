import { ICON_URL, MARK } from '@binnacle/brand/brand';

/** Text that is already HTML. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | undefined | readonly (Html | string)[];

/** Template tag: whatever is not HTML already is escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.reduce((text, string, index) => text + string + (index < parts.length ? render(parts[index]) : ''), '') };
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (Array.isArray(part)) return part.map((item) => render(item as Part)).join('');
  if (typeof part === 'object') return (part as Html).html;
  return escapeHtml(String(part));
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A whole page; `depth` is how far below the top it lies, `trail` names what lies above it. */
export function page(title: string, depth: number, body: Html, trail?: string): string {
  const up = '../'.repeat(depth);
  const above = trail === undefined ? undefined : html`<p class="trail"><a href="${up}index.html">Director API</a> / ${trail}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)} · Binnacle</title>
<link rel="stylesheet" href="${up}style.css"><link rel="icon" href="${ICON_URL}"><script src="${up}search.js" defer></script><script src="${up}copy.js" defer></script></head>
<body data-up="${up}"><header class="top"><a class="brand" href="${up}index.html">${MARK}<span>Binnacle <small>Reference</small></span></a>
<form role="search"><input type="search" id="search" aria-label="Search" placeholder="Search operations, types, words" autocomplete="off"><ol id="results" aria-live="polite"></ol></form>
<nav aria-label="Main"><a href="${up}errors.html">Errors</a><a href="${up}scopes.html">Scopes</a><a href="${up}limits.html">Limits</a><a href="${up}clients.html">Clients</a><a href="/playground/">Playground</a></nav></header>
<main>${render(above)}<h1>${escapeHtml(title)}</h1>
${body.html}
</main></body></html>
`;
}
