import { DEMO_USERS } from './users.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem;color-scheme:light dark}button{display:block;width:100%;text-align:left;font:inherit;padding:.8rem 1rem;margin:.5rem 0;cursor:pointer}small{display:block;opacity:.75}';

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

/** The page on which a demo user is chosen. */
export function loginPage(uid: string): string {
  const buttons = DEMO_USERS.map(({ id, name, about }) => `<button name="user" value="${id}">${name} (${id})<small>${about}</small></button>`).join('');
  return page(
    'Log in to Binnacle',
    `<p>This is the login of a stack on your own machine: choose who you are, there are no passwords.</p><form method="post" action="/interaction/${encodeURIComponent(uid)}">${buttons}</form>`,
  );
}

/** Where a device shows its code; the form is the provider's own. */
export const devicePage = (form: string): string =>
  page(
    'Connect a device',
    `<p>Enter the code that your device or command line shows.</p>${form}<button type="submit" form="op.deviceInputForm">Continue</button>`,
  );

export const deviceConfirmPage = (form: string, code: string): string =>
  page(
    'Connect a device',
    `<p>Is this the code that your device shows?</p><p><strong>${escape(code)}</strong></p>${form}<button type="submit" form="op.deviceConfirmForm">Yes, connect it</button>`,
  );

export const donePage = (): string => page('Done', '<p>You are logged in there. This window can be closed.</p>');

export const errorPage = (message: string): string => page('That did not work', `<p>${escape(message)}</p>`);

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
