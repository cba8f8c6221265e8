import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openRegistry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import { createTestDatabase } from '@binnacle/testkit/test-database';
import { TEST_SETTINGS } from '../../testing/connector-under-test.ts';
import { describeIssuer } from '../../testing/describe-issuer.ts';
import { STEP_CA_LIMIT_MS, startStepCa } from '../../testing/step-ca.ts';
import { createForeignIssuer } from '../foreign-issuer.ts';
import { createIssuerHttp } from '../issuer-http.ts';
import { readProvisionerKey } from './provisioner-token.ts';
import { createStepCa } from './step-ca-issuer.ts';

const TEMPLATE = readFileSync(path.join(import.meta.dirname, 'certificate.tpl'), 'utf8');

describeIssuer(
  'step-ca',
  async () => {
    const step = await startStepCa(TEMPLATE);
    const database = await createTestDatabase();
    const registry = openRegistry({ url: database.connectorUrl, applicationName: 'connector', poolSize: 2 });
    const http = createIssuerHttp({ url: step.url, caPem: step.rootPem });
    const { subject } = TEST_SETTINGS;
    const authority = createStepCa({
      http,
      url: step.url,
      provisioner: step.provisioner,
      key: readProvisionerKey(step.provisionerKey),
      subject,
      now: () => new Date(),
    });
    return {
      issuer: createForeignIssuer(registry, authority, newUuidV7),
      subject,
      roots: () => Promise.resolve(step.rootPem),
      disconnect: () => step.stop(),
      async stop() {
        await http.close();
        await registry.close();
        await database.drop();
      },
    };
  },
  // step-ca refuses names that the token does not allow.
  { startLimitMs: STEP_CA_LIMIT_MS, greedy: 'refused' },
);

describe('the key of a step-ca provisioner', () => {
  it.each(['', '{}', '{"kid":"a","crv":"P-384","d":"x"}', 'not JSON'])('is refused when it is %j', (text) => {
    expect(() => readProvisionerKey(text)).toThrow('the key of a step-ca provisioner is a private JWK of the curve P-256 with a "kid"');
  });
});
