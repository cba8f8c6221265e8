import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  askForToken,
  authorizationUrl,
  codeForm,
  GATEWAY,
  type IdentityUnderTest,
  newProof,
  startIdentityUnderTest,
  verifiedClaims,
  Visitor,
} from './testing/identity-under-test.ts';

describe('the code flow', () => {
  let under: IdentityUnderTest;
  beforeAll(async () => {
    under = await startIdentityUnderTest();
  });
  afterAll(() => under.stop());

  const codeFor = async (user: string, more: Readonly<Record<string, string | undefined>> = {}) => {
    const proof = newProof();
    const { url } = await new Visitor().logIn(authorizationUrl(under.issuer, proof, more), user);
    return { proof, url, code: url.searchParams.get('code') ?? '' };
  };

  it('brings the code and the state back to the application and gives a token for one hour', async () => {
    const { proof, url, code } = await codeFor('admin');
    expect([url.origin + url.pathname, url.searchParams.get('state'), url.searchParams.get('iss')]).toEqual([`${GATEWAY}/playground`, 'state-1', under.issuer]);
    const { status, body } = await askForToken(under.issuer, codeForm(code, proof));
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 3_600]);
    const claims = await verifiedClaims(under.issuer, body.access_token ?? '');
    expect(claims).toMatchObject({ iss: under.issuer, aud: 'binnacle', sub: 'admin', client_id: 'playground' });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3_600);
    expect(Math.abs(Number(claims['iat']) - Date.now() / 1000)).toBeLessThan(5);
    expect(await verifiedClaims(under.issuer, body.id_token ?? '')).toMatchObject({ aud: 'playground', sub: 'admin' });
  });

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a challenge that is the verifier itself', { code_challenge_method: 'plain' }],
  ])('is refused with %s', async (_, more) => {
    const { url, code } = await codeFor('admin', more);
    expect([url.origin + url.pathname, code, url.searchParams.get('error')]).toEqual([`${GATEWAY}/playground`, '', 'invalid_request']);
  });

  it.each([
    ['another verifier', () => ({ code_verifier: newProof().verifier })],
    ['no verifier', () => ({ code_verifier: '' })],
    ['another redirect', () => ({ redirect_uri: `${GATEWAY}/cockpit` })],
    ['another client', () => ({ client_id: 'cockpit' })],
  ])('gives no token for a code with %s', async (_, changed) => {
    const { proof, code } = await codeFor('admin');
    const { status, body } = await askForToken(under.issuer, { ...codeForm(code, proof), ...changed() });
    expect([status, body.access_token, body.error]).toEqual([400, undefined, expect.stringMatching(/^invalid_(grant|request)$/)]);
  });

  it('gives a token for a code once', async () => {
    const { proof, code } = await codeFor('admin');
    expect((await askForToken(under.issuer, codeForm(code, proof))).status).toBe(200);
    expect(await askForToken(under.issuer, codeForm(code, proof))).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it.each([
    ['a foreign host', { redirect_uri: 'https://evil.example/playground' }],
    ['another path of ours', { redirect_uri: `${GATEWAY}/playground/../director/` }],
    ['another port', { redirect_uri: 'http://localhost:1/playground' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
    ["another client's address", { redirect_uri: `${GATEWAY}/cockpit` }],
    ['an unknown client', { client_id: 'stranger' }],
  ])('sends nobody to %s, but says so on a page of its own', async (_, more) => {
    const response = await new Visitor().open(authorizationUrl(under.issuer, newProof(), more));
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await response.text()).toMatch(/invalid_(redirect_uri|client)/);
  });

  it('lets the command line have any port of loopback, and no other host', async () => {
    const at = (redirect_uri: string) => new Visitor().logIn(authorizationUrl(under.issuer, newProof(), { client_id: 'cli', redirect_uri }), 'viewer');
    expect((await at('http://127.0.0.1:34567/callback')).url.searchParams.get('code')).toBeTruthy();
    expect((await at('http://127.0.0.2:34567/callback')).response.status).toBe(400);
  });

  it('asks who it is the first time, then remembers, and asks again when told to', async () => {
    const visitor = new Visitor();
    const asked = async (user: string, more = {}) => {
      const proof = newProof();
      const login = await visitor.logIn(authorizationUrl(under.issuer, proof, more), user);
      const { body } = await askForToken(under.issuer, codeForm(login.url.searchParams.get('code') ?? '', proof));
      return [login.asked, (await verifiedClaims(under.issuer, body.access_token ?? ''))['sub']];
    };
    expect(await asked('admin')).toEqual([1, 'admin']);
    expect(await asked('viewer')).toEqual([0, 'admin']);
    expect(await asked('viewer', { prompt: 'login' })).toEqual([1, 'viewer']);
  });

  it('knows its demo users only', async () => {
    const visitor = new Visitor();
    const start = await visitor.open(authorizationUrl(under.issuer, newProof()));
    const page = new URL(start.headers.get('location') ?? '', under.issuer).href;
    const refused = await visitor.open(page, { user: 'root' });
    expect([refused.status, await refused.text()]).toEqual([400, 'there is no such user: admin, operator, viewer and partner are here\n']);
  });

  it('shows a login page that runs no script and cannot be framed, and only to whoever began the login', async () => {
    const visitor = new Visitor();
    const start = await visitor.open(authorizationUrl(under.issuer, newProof()));
    const page = new URL(start.headers.get('location') ?? '', under.issuer).href;
    const shown = await visitor.open(page);
    expect(shown.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; img-src data:; base-uri 'none'; frame-ancestors 'none'$/,
    );
    const text = await shown.text();
    for (const user of ['admin', 'operator', 'viewer', 'partner']) expect(text).toContain(`value="${user}"`);
    const stranger = await new Visitor().open(page);
    expect([stranger.status, await stranger.text()]).toEqual([400, expect.stringContaining('go back to the application and log in again')]);
  });

  it('repeats what it was sent as text, never as markup', async () => {
    const response = await new Visitor().open(authorizationUrl(under.issuer, newProof(), { client_id: '<script>alert(1)</script>' }));
    expect(await response.text()).not.toContain('<script>');
  });

  it("lets pages of the Gateway fetch tokens, and no other page's", async () => {
    const allowed = async (origin: string) => {
      const response = await fetch(`${under.issuer}/token`, {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ client_id: 'playground', grant_type: 'authorization_code', code: 'x', redirect_uri: `${GATEWAY}/playground` }),
      });
      return response.headers.get('access-control-allow-origin');
    };
    expect(await allowed(GATEWAY)).toBe(GATEWAY);
    expect(await allowed('https://evil.example')).toBeNull();
  });
});
