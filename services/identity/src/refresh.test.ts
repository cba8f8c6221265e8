import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  askForToken,
  authorizationUrl,
  codeForm,
  type IdentityUnderTest,
  newProof,
  startIdentityUnderTest,
  verifiedClaims,
  Visitor,
} from './testing/identity-under-test.ts';

describe('refresh tokens', () => {
  let under: IdentityUnderTest;
  beforeAll(async () => {
    under = await startIdentityUnderTest();
  });
  afterAll(() => under.stop());

  const logIn = async (more: Readonly<Record<string, string>>) => {
    const proof = newProof();
    const { url } = await new Visitor().logIn(authorizationUrl(under.issuer, proof, more), 'partner');
    return (await askForToken(under.issuer, codeForm(url.searchParams.get('code') ?? '', proof))).body;
  };
  const refresh = (token: string | undefined) => askForToken(under.issuer, { grant_type: 'refresh_token', refresh_token: token ?? '' });

  it('are given to whoever asks for offline access, and to nobody else', async () => {
    expect((await logIn({})).refresh_token).toBeUndefined();
    expect((await logIn({ scope: 'openid profile offline_access', prompt: 'consent' })).refresh_token).toBeTruthy();
  });

  it('bring a new access token with the same rights', async () => {
    const { body } = await refresh((await logIn({ scope: 'openid profile offline_access', prompt: 'consent' })).refresh_token);
    expect(body.expires_in).toBe(3_600);
    expect(await verifiedClaims(under.issuer, body.access_token ?? '')).toMatchObject({
      aud: 'binnacle',
      sub: 'partner',
      groups: ['mps-superadmin'],
      tenants: ['globex'],
    });
  });

  it('serve once: the second use ends the whole login', async () => {
    const first = (await logIn({ scope: 'openid profile offline_access', prompt: 'consent' })).refresh_token;
    const second = (await refresh(first)).body.refresh_token;
    expect(second).toBeTruthy();
    expect(second).not.toBe(first);
    expect(await refresh(first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(second)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('end when they are revoked', async () => {
    const token = (await logIn({ scope: 'openid profile offline_access', prompt: 'consent' })).refresh_token ?? '';
    const revoked = await fetch(`${under.issuer}/token/revocation`, { method: 'POST', body: new URLSearchParams({ client_id: 'playground', token }) });
    expect(revoked.status).toBe(200);
    expect(await refresh(token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
