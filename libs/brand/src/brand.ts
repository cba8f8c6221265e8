/** The compass rose beside the name, as markup; it takes the colour of the text around it. */
export const MARK =
  '<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><circle cx="12" cy="12" r="10.6" fill="none" stroke="currentColor" stroke-width="1.6"/><g transform="rotate(28 12 12)"><path d="M12 3.6 14.7 12H9.3z" fill="#c98a1b"/><path d="M12 20.4 9.3 12h5.4z" fill="currentColor"/></g></svg>';

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="11.5" fill="#10314f"/><g transform="rotate(28 12 12)"><path d="M12 3.2 15 12H9z" fill="#f0b544"/><path d="M12 20.8 9 12h6z" fill="#fff"/></g></svg>';

/** The mark as an icon that a page carries in itself. */
export const ICON_URL = `data:image/svg+xml,${encodeURIComponent(ICON)}`;

/** Colours and the few shapes that every page shares, by day and by night; pages use the properties, not the values. */
export const BRAND_CSS = `:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #0f1720);
  --card: light-dark(#ffffff, #17212c);
  --sunken: light-dark(#f1efe9, #0b1219);
  --ink: light-dark(#17222e, #e7ecf1);
  --quiet: light-dark(#52606d, #a9b6c3);
  --line: light-dark(#dcd8cd, #2b3845);
  --edge: light-dark(#7b8794, #7c8b9a);
  --link: light-dark(#0b5394, #8fc4ff);
  --brass: light-dark(#8a5a00, #f0b544);
  --action: light-dark(#10314f, #f0b544);
  --on-action: light-dark(#ffffff, #17222e);
  --note: light-dark(#fff4d6, #3a2f12);
  --radius: 8px;
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--brass); outline-offset: 2px; }
.brand { display: inline-flex; align-items: center; gap: 0.5rem; font-weight: 650; letter-spacing: 0.01em; color: var(--ink); text-decoration: none; }
.mark { flex: none; }
`;
