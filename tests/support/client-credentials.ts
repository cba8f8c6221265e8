import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openRegistry } from '@binnacle/registry/registry';
import { parseKeyFile } from '@binnacle/secrets/envelope';
import { newClientSecret } from '@binnacle/trust/client-credentials';
import { createKeyedHash } from '@binnacle/trust/keyed-hash';
import { addIdentity, type IdentityKind } from '@binnacle/trust/system-auths';
import { DEFAULT_PORTS } from '../../scripts/up/stack.ts';
import type { Stack } from './stack.ts';

export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

/** Landscape of a stack that tests reach into where no client can. */
export interface StackRegistry {
  /** An Integration System, with its id. */
  addIntegrationSystem(name: string): Promise<string>;
  removeIntegrationSystem(id: string): Promise<void>;
  addCredentials(kind: IdentityKind, objectId: string): Promise<ClientCredentials>;
  close(): Promise<void>;
}

export function openStackRegistry(stack: Stack): StackRegistry {
  const url = `postgres://binnacle_director@127.0.0.1:${DEFAULT_PORTS.postgres + stack.portOffset}/binnacle`;
  const registry = openRegistry({ url, applicationName: 'tests', poolSize: 2 });
  const hashes = createKeyedHash(parseKeyFile(readFileSync(path.join(stack.folder, 'keys/envelope.key'))), 'client-secret');
  return {
    async addIntegrationSystem(name) {
      const id = randomUUID();
      await registry.asGlobal('tests', (work) => work.query('tests.add', 'insert into integration_system (id, name) values ($1, $2)', [id, name]));
      return id;
    },
    async removeIntegrationSystem(id) {
      await registry.asGlobal('tests', (work) => work.query('tests.remove', 'delete from integration_system where id = $1', [id]));
    },
    async addCredentials(kind, objectId) {
      const { secret, hash } = newClientSecret(hashes);
      const id = randomUUID();
      await registry.asGlobal('tests', async (work) => {
        await addIdentity(work, { id, kind, objectId, oauthSecretHash: hash });
        await work.query(
          'tests.tenant',
          `update system_auth set tenant_id = coalesce((select owner_tenant from application where id = ref_id), (select owner_tenant from runtime where id = ref_id)) where id = $1`,
          [id],
        );
      });
      return { id, secret };
    },
    close: registry.close,
  };
}
