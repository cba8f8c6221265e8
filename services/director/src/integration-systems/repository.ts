import { DomainError } from '@binnacle/errors/domain-error';
import type { GlobalWork } from '@binnacle/registry/work';
import { requireId } from '../require-owner.ts';

export const integrationSystemsOf = (work: GlobalWork) => ({
  /** @throws DomainError NotUnique when the name is taken */
  async add(id: string, name: string, description: string | null): Promise<void> {
    await work.query('integrationSystems.add', 'insert into integration_system (id, name, description) values ($1, $2, $3)', [id, name, description]);
  },

  /** @throws DomainError NotFound */
  async require(id: string): Promise<void> {
    requireId(id, 'id');
    const [row] = await work.query('integrationSystems.find', 'select id from integration_system where id = $1', [id]);
    if (!row) throw new DomainError('NotFound', { object: 'integrationSystem' });
  },

  async update(id: string, name: string, description: string | null): Promise<void> {
    await work.query('integrationSystems.update', 'update integration_system set name = $2, description = $3, updated_at = now() where id = $1', [
      id,
      name,
      description,
    ]);
  },

  /** Its identities go with it. @throws DomainError InvalidOperation while an Application refers to it */
  async remove(id: string): Promise<void> {
    await work.query('integrationSystems.remove', 'delete from integration_system where id = $1', [id]);
  },
});
