import { DomainError } from '@binnacle/errors/domain-error';
import { ConstraintViolation } from '@binnacle/registry/registry-error';
import type { GlobalWork } from '@binnacle/registry/work';
import { requireId } from '../require-owner.ts';

export interface CertificateSubjectMapping {
  readonly subject: string;
  readonly consumerType: string;
  readonly internalConsumerId: string | null;
  readonly tenantAccessLevels: readonly string[];
}

export const certificateSubjectMappingsOf = (work: GlobalWork) => ({
  /** @throws DomainError NotUnique when the subject is mapped */
  async add(id: string, mapping: CertificateSubjectMapping): Promise<void> {
    await work.query('certificateSubjectMappings.add', ADD, columns(id, mapping)).catch(meaning);
  },

  /** @throws DomainError NotFound */
  async require(id: string): Promise<void> {
    requireId(id, 'id');
    const [row] = await work.query('certificateSubjectMappings.find', 'select id from cert_subject_mapping where id = $1', [id]);
    if (!row) throw new DomainError('NotFound', { object: 'certSubjectMapping' });
  },

  async update(id: string, mapping: CertificateSubjectMapping): Promise<void> {
    await work.query('certificateSubjectMappings.update', UPDATE, columns(id, mapping)).catch(meaning);
  },

  async remove(id: string): Promise<void> {
    await work.query('certificateSubjectMappings.remove', 'delete from cert_subject_mapping where id = $1', [id]);
  },
});

function columns(id: string, mapping: CertificateSubjectMapping): readonly unknown[] {
  return [id, mapping.subject, mapping.consumerType, mapping.internalConsumerId, mapping.tenantAccessLevels];
}

function meaning(error: unknown): never {
  throw error instanceof ConstraintViolation && error.kind === 'NotUnique'
    ? new DomainError('NotUnique', { object: 'certSubjectMapping' }, { cause: error })
    : error;
}

const ADD = 'insert into cert_subject_mapping (id, subject, consumer_type, internal_id, levels) values ($1, $2, $3, $4, $5)';
const UPDATE = 'update cert_subject_mapping set subject = $2, consumer_type = $3, internal_id = $4, levels = $5, updated_at = now() where id = $1';
