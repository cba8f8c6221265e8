import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useRef, useState } from 'react';
import { beginLogin, type Session } from './login.ts';
import type { Settings } from './main.tsx';

interface Example {
  readonly operation: string;
  readonly name: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
}

const FIRST_QUERY =
  '# Log in, choose a tenant, then run this.\n{\n  applications {\n    totalCount\n    data {\n      name\n      labels\n      status { condition }\n    }\n  }\n}\n';

/** What a shared link carries: the operation, never a header. */
function fromLink(): { readonly query: string; readonly variables: string } {
  const params = new URLSearchParams(location.hash.slice(1));
  return { query: params.get('query') ?? FIRST_QUERY, variables: params.get('variables') ?? '' };
}

export function App({ settings, initialSession }: { readonly settings: Settings; readonly initialSession: Session | undefined }) {
  const [session, setSession] = useState(initialSession);
  const [pasted, setPasted] = useState('');
  const [tenant, setTenant] = useState(new URLSearchParams(location.search).get('tenant') ?? '');
  const [endpoint, setEndpoint] = useState(settings.endpoints[0]?.url ?? '/director/graphql');
  const [note, setNote] = useState('');
  const [example, setExample] = useState<Example>();
  const examples = useExamples();
  const token = pasted.trim() || session?.token;
  const tenants = useTenants(token, endpoint);

  // The fetcher stays the same while header values change, so that the editor keeps its schema.
  const current = useRef({ token, tenant });
  current.current = { token, tenant };
  const fetcher = useMemo((): Fetcher => {
    const send: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers);
      if (current.current.token && !headers.has('authorization')) headers.set('authorization', `Bearer ${current.current.token}`);
      if (current.current.tenant && !headers.has('tenant')) headers.set('tenant', current.current.tenant);
      try {
        const response = await fetch(input, { ...init, headers });
        setNote(noteFor(response.status));
        return response;
      } catch {
        setNote('The Gateway does not answer. Is it running?');
        return new Response('{"errors":[{"message":"The Gateway does not answer."}]}', { status: 503 });
      }
    };
    return createGraphiQLFetcher({ url: endpoint, fetch: send });
  }, [endpoint]);

  const chooseTenant = (value: string): void => {
    setTenant(value);
    const url = new URL(location.href);
    if (value) url.searchParams.set('tenant', value);
    else url.searchParams.delete('tenant');
    history.replaceState(null, '', url);
  };
  const shown = example ?? fromLink();
  return (
    <>
      <header className="bar">
        <h1>Binnacle Playground</h1>
        <label>
          API{' '}
          <select value={endpoint} onChange={(event) => setEndpoint(event.target.value)}>
            {settings.endpoints.map(({ name, url }) => (
              <option key={url} value={url}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Tenant <input list="tenants" value={tenant} placeholder="external id, such as acme" onChange={(event) => chooseTenant(event.target.value)} />
        </label>
        <datalist id="tenants">
          {tenants.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </datalist>
        <label>
          Example{' '}
          <select
            value={example ? `${example.operation}/${example.name}` : ''}
            onChange={(event) => setExample(examples.find(({ operation, name }) => `${operation}/${name}` === event.target.value))}
          >
            <option value="">choose one</option>
            {examples.map(({ operation, name, about }) => (
              <option key={`${operation}/${name}`} value={`${operation}/${name}`} title={about}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <a href="/specification/">Specification</a>
        <span className="push" />
        <label>
          Token{' '}
          <input type="password" autoComplete="off" value={pasted} placeholder="or paste a bearer token" onChange={(event) => setPasted(event.target.value)} />
        </label>
        {session ? (
          <button type="button" onClick={() => setSession(undefined)}>
            Log out {session.name}
          </button>
        ) : (
          <button type="button" onClick={() => void beginLogin(settings).catch(() => setNote('The OpenID provider does not answer.'))}>
            Log in
          </button>
        )}
      </header>
      {note && (
        <p className="note" role="status">
          {note}
        </p>
      )}
      <main>
        <GraphiQL
          key={`${endpoint} ${token ? 'in' : 'out'} ${example?.operation ?? ''}/${example?.name ?? ''}`}
          fetcher={fetcher}
          initialQuery={shown.query}
          initialVariables={shown.variables}
          shouldPersistHeaders={false}
          defaultEditorToolsVisibility={false}
        />
      </main>
    </>
  );
}

function noteFor(status: number): string {
  if (status === 401) return 'You are not logged in, or the login is over: log in again.';
  if (status === 400) return 'The request was refused: the answer says why. An unknown tenant is the most frequent reason.';
  if (status === 429) return 'Too many calls: wait a moment.';
  return status >= 500 ? 'A service behind the Gateway does not answer: try again.' : '';
}

function useExamples(): readonly Example[] {
  const [examples, setExamples] = useState<readonly Example[]>([]);
  useEffect(() => {
    void fetch('/playground/examples.json')
      .then((response) => response.json())
      .then(
        (found: readonly Example[]) => setExamples(found),
        () => undefined,
      );
  }, []);
  return examples;
}

interface TenantChoice {
  readonly id: string;
  readonly name: string;
}

/** Tenants to choose from, where the token may list them. */
function useTenants(token: string | undefined, endpoint: string): readonly TenantChoice[] {
  const [tenants, setTenants] = useState<readonly TenantChoice[]>([]);
  useEffect(() => {
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
  }, [token, endpoint]);
  return tenants;
}
