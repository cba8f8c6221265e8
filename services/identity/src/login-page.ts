import { createHash } from 'node:crypto';
import { BRAND_CSS, ICON_URL, MARK } from '@binnacle/brand/brand';
import { DEMO_USERS, type DemoUser } from './users.ts';

const STYLE = `${BRAND_CSS}
main { max-width: 27rem; margin: 0 auto; padding: clamp(1.5rem, 10vh, 6rem) 1rem 2rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; margin-top: 1.25rem; box-shadow: 0 8px 30px #0000000f; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 0.4rem; }
p { margin: 0.4rem 0 1rem; color: var(--quiet); }
.brand { font-size: 1.1rem; }
.user { display: flex; gap: 0.85rem; align-items: center; width: 100%; text-align: left; font: inherit; color: var(--ink); background: transparent; border: 1px solid var(--line); border-radius: var(--radius); padding: 0.7rem 0.8rem; margin: 0.6rem 0 0; cursor: pointer; }
.user:hover { border-color: var(--brass); background: var(--sunken); }
.user b { font-weight: 600; }
.user small { display: block; color: var(--quiet); font-size: 0.87rem; }
.user code { font-size: 0.85rem; color: var(--quiet); }
.face { flex: none; display: grid; place-items: center; width: 2.4rem; height: 2.4rem; border-radius: 50%; background: var(--action); color: var(--on-action); font-weight: 600; font-size: 0.9rem; }
.do { display: inline-block; font: inherit; font-weight: 600; color: var(--on-action); background: var(--action); border: 1px solid transparent; border-radius: var(--radius); padding: 0.55rem 1.1rem; cursor: pointer; text-decoration: none; }
.code { font-size: 1.6rem; letter-spacing: 0.12em; color: var(--ink); }
input { font: inherit; width: 100%; box-sizing: border-box; padding: 0.55rem 0.7rem; margin-bottom: 1rem; color: var(--ink); background: var(--paper); border: 1px solid var(--edge); border-radius: var(--radius); }
footer { color: var(--quiet); font-size: 0.87rem; margin-top: 1rem; }
`;

/** No script, no frame, no request: these pages are text, one style and a form. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; base-uri 'none'; frame-ancestors 'none'`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Binnacle</title><link rel="icon" href="${ICON_URL}"><style>${STYLE}</style></head><body><main><div class="brand">${MARK} Binnacle</div><div class="card"><h1>${title}</h1>${body}</div><footer>The login of a stack on your own machine.</footer></main></body></html>`;

const initials = (name: string): string =>
  name
    .split(' ')
    .map((word) => word[0] ?? '')
    .join('');

const userButton = ({ id, name, about }: DemoUser): string =>
  `<button class="user" name="user" value="${id}"><span class="face" aria-hidden="true">${initials(name)}</span><span><b>${name}</b> <code>${id}</code><small>${about}</small></span></button>`;

/** The page on which a demo user is chosen. */
export function loginPage(uid: string): string {
  return page(
    'Who are you today?',
    `<p>Choose a demo user. There are no passwords here.</p><form method="post" action="/interaction/${encodeURIComponent(uid)}">${DEMO_USERS.map(userButton).join('')}</form>`,
  );
}

/** Where the code that a device shows is typed in; the form is the provider's own, its script taken out and its field named. */
export const devicePage = (form: string): string =>
  page(
    'Connect a device',
    `<p>Enter the code that your device or command line shows.</p>${form.replaceAll(/ onfocus="[^"]*"/g, '').replace('name="user_code"', 'name="user_code" aria-label="Code"')}<button class="do" type="submit" form="op.deviceInputForm">Continue</button>`,
  );

export const deviceConfirmPage = (form: string, code: string): string =>
  page(
    'Connect a device',
    `<p>Is this the code that your device shows?</p><p class="code"><strong>${escape(code)}</strong></p>${form}<button class="do" type="submit" form="op.deviceConfirmForm">Yes, connect it</button>`,
  );

export const donePage = (): string => page('Done', '<p>You are logged in there. This window can be closed.</p>');

/** Asked before a session ends, since any page could send a browser here; the form is the provider's own. */
export const logoutPage = (form: string): string =>
  page(
    'Log out?',
    `<p>You can log in again as any of the demo users.</p>${form}<button class="do" type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>`,
  );

export const loggedOutPage = (): string => page('You are logged out', '<p>This window can be closed.</p>');

/** For whoever opens the provider's address itself. */
export const welcomePage = (gatewayUrl: string): string =>
  page(
    'Applications send you here to log in',
    `<p>There is nothing to do on this page: begin where you want to work.</p><a class="do" href="${escape(gatewayUrl)}/playground/">Open the playground</a>`,
  );

export const errorPage = (message: string): string => page('That did not work', `<p>${escape(message)}</p>`);

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
