import { useEffect, useState } from 'react';
import type { TenantChoice } from './use-tenants.ts';

/** Kept over reloads: which tenant one looked at last is no secret. */
const LAST = 'binnacle.tenant';

const inAddress = (): string => new URLSearchParams(location.search).get('tenant') ?? '';

/** The tenant of the calls: what the address says, else the last one, else the first there is to choose. Stands in the address, for links. */
export function useTenant(choices: readonly TenantChoice[]): readonly [string, (tenant: string) => void] {
  const [tenant, setTenant] = useState(inAddress);
  const choose = (value: string): void => {
    setTenant(value);
    localStorage.setItem(LAST, value);
    const url = new URL(location.href);
    if (value) url.searchParams.set('tenant', value);
    else url.searchParams.delete('tenant');
    history.replaceState(null, '', url);
  };
  useEffect(() => {
    const last = localStorage.getItem(LAST);
    const proposal = choices.find(({ id }) => id === last) ?? choices[0];
    if (inAddress() === '' && proposal) choose(proposal.id);
  }, [choices]);
  return [tenant, choose];
}
