import { useEffect, useState } from 'react';

export interface TenantChoice {
  /** External id, as in the header Tenant. */
  readonly id: string;
  readonly name: string;
}

/** Tenants to choose from: those that the login names, else those that the token may list. */
export function useTenants(token: string | undefined, named: readonly string[], endpoint: string): readonly TenantChoice[] {
  const [tenants, setTenants] = useState<readonly TenantChoice[]>([]);
  useEffect(() => {
    if (named.length > 0) return setTenants(named.map((id) => ({ id, name: id })));
    if (!token) return setTenants([]);
    void fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ tenants(first: 100) { data { id name } } }' }),
    })
      .then((response) => response.json())
      .then(
        ({ data }: { data?: { tenants?: { data: readonly TenantChoice[] } } }) => setTenants(data?.tenants?.data ?? []),
        () => undefined,
      );
  }, [token, named, endpoint]);
  return tenants;
}
