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

/** A whole page; `depth` is how far below the top it lies. */
export function page(title: string, depth: number, body: Html): string {
  const up = '../'.repeat(depth);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)} · Binnacle</title>
<link rel="stylesheet" href="${up}style.css"><link rel="icon" href="data:,"><script src="${up}search.js" defer></script></head>
<body data-up="${up}"><header><a class="home" href="${up}index.html">Binnacle API</a>
<form role="search"><label>Search <input type="search" id="search" autocomplete="off"></label><ol id="results" aria-live="polite"></ol></form>
<nav aria-label="Main"><a href="${up}errors.html">Errors</a><a href="${up}scopes.html">Scopes</a><a href="${up}limits.html">Limits</a><a href="${up}clients.html">Clients</a><a href="/playground/">Playground</a></nav></header>
<main><h1>${escapeHtml(title)}</h1>
${body.html}
</main></body></html>
`;
}
