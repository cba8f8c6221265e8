import { describe, expect, it } from '@jest/globals';
import { DomainError } from './domain-error.ts';

describe('DomainError', () => {
  it('prints the fixed text alone when there is nothing to add', () => {
    expect(new DomainError('TenantRequired').message).toBe('Tenant is required');
  });

  it('prints details sorted by key', () => {
    expect(new DomainError('NotFound', { object: 'application', ID: '42' }).message).toBe('Object not found [ID=42; object=application]');
  });

  it('puts the subject between the fixed text and the details', () => {
    const error = new DomainError('InvalidData', { name: 'cannot be blank' }, { subject: 'RuntimeRegisterInput' });
    expect(error.message).toBe('Invalid data RuntimeRegisterInput [name=cannot be blank]');
    expect(error.code).toBe(22);
  });
});
