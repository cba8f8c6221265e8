import type { EnvReader } from '@binnacle/config/env-reader';
import type { SubjectSettings } from '@binnacle/pki/subject';
import type { ForeignAuthority } from './foreign-issuer.ts';
import { createIssuerHttp } from './issuer-http.ts';
import { readProvisionerKey } from './step-ca/provisioner-token.ts';
import { createStepCa } from './step-ca/step-ca-issuer.ts';
import { createVault } from './vault/vault-issuer.ts';

/** Makes the authority elsewhere that the settings name; undefined: our own signs. */
export type OpenForeign = ((subject: SubjectSettings, now: () => Date) => ForeignAuthority) | undefined;

/** Reads who signs: `CONNECTOR_ISSUER` and what belongs to it. */
export function readForeignIssuer(env: EnvReader): OpenForeign {
  const kind = env.oneOf('CONNECTOR_ISSUER', ['builtin', 'step-ca', 'vault'], 'builtin');
  if (kind === 'builtin') return undefined;
  const url = env.url('CONNECTOR_ISSUER_URL', ['https']);
  const caPem = env.optional('CONNECTOR_ISSUER_CA_FILE') === undefined ? undefined : env.file('CONNECTOR_ISSUER_CA_FILE').toString('utf8');
  return kind === 'step-ca' ? readStepCa(env, url, caPem) : readVault(env, url, caPem);
}

function readStepCa(env: EnvReader, url: string, caPem: string | undefined): OpenForeign {
  const provisioner = env.string('CONNECTOR_STEP_CA_PROVISIONER');
  const keyText = env.file('CONNECTOR_STEP_CA_KEY_FILE').toString('utf8');
  if (keyText === '') return undefined; // the missing file is a problem already
  try {
    const key = readProvisionerKey(keyText);
    return (subject, now) => createStepCa({ http: createIssuerHttp({ url, caPem }), url, provisioner, key, subject, now });
  } catch (error) {
    env.problem(`CONNECTOR_STEP_CA_KEY_FILE: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function readVault(env: EnvReader, url: string, caPem: string | undefined): OpenForeign {
  const token = env.file('CONNECTOR_VAULT_TOKEN_FILE').toString('utf8').trim();
  const mount = env.string('CONNECTOR_VAULT_MOUNT', { pattern: /^[\w/-]+$/ }, 'pki');
  const role = env.string('CONNECTOR_VAULT_ROLE', { pattern: /^[\w.-]+$/ });
  return () => createVault({ http: createIssuerHttp({ url, caPem, headers: () => ({ 'x-vault-token': token }) }), mount, role });
}
