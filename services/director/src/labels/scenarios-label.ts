import { DomainError } from '@binnacle/errors/domain-error';
import { SCENARIOS_KEY } from './scenario-schema.ts';

/** Scenarios come from formations only. @throws DomainError InvalidData when they are among the labels */
export function refuseScenariosLabel(labels: Readonly<Record<string, unknown>>, verb: 'set' | 'deleted'): void {
  if (!(SCENARIOS_KEY in labels)) return;
  throw new DomainError('InvalidData', { reason: `label with key ${SCENARIOS_KEY} cannot be ${verb} explicitly` });
}
