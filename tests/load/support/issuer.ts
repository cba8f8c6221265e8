import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface Issuer {
  readonly url: string;
  /** An access token of an administrator, good for an hour. */
  readonly token: string;
  close(): void;
}

/** An OpenID provider that only publishes its keys. */
export async function startIssuer(audience: string): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'load', alg: 'RS256', use: 'sig' };
  let url = '';
  const server = createServer((request, response) =>
    response.end(JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/jwks` })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = await new SignJWT({ name: 'Load', groups: ['mps-superadmin'] })
    .setProtectedHeader({ alg: 'RS256', kid: 'load' })
    .setSubject('load')
    .setIssuer(url)
    .setAudience(audience)
    .setExpirationTime('1h')
    .sign(privateKey);
  return {
    url,
    token,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
