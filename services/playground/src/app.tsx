import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ExampleTab } from './example-tab.tsx';
import { Bar, Tools } from './header.tsx';
import { beginLogin, logOut, type Session } from './login.ts';
import type { Settings } from './main.tsx';
import { mendTabRoles } from './tab-roles.ts';
import { type Example, useExamples } from './use-examples.ts';
import { useTenant } from './use-tenant.ts';
import { useTenants } from './use-tenants.ts';

const FIRST_QUERY =
  '# Log in, then run this.\n{\n  applications {\n    totalCount\n    data {\n      name\n      labels\n      status { condition }\n    }\n  }\n}\n';
const NO_TENANTS: readonly string[] = [];

/** What a shared link carries: the operation, never a header. */
function fromLink(): { readonly query: string; readonly variables: string } {
  const params = new URLSearchParams(location.hash.slice(1));
  return { query: params.get('query') ?? FIRST_QUERY, variables: params.get('variables') ?? '' };
}

interface AppProps {
  readonly settings: Settings;
  readonly initialSession: Session | undefined;
  readonly initialNote: string;
}

export function App({ settings, initialSession, initialNote }: AppProps) {
  const [session, setSession] = useState(initialSession);
  const [pasted, setPasted] = useState('');
  const [endpoint, setEndpoint] = useState(settings.endpoints[0]?.url ?? '/director/graphql');
  const [note, setNote] = useState(initialNote);
  const [linked] = useState(fromLink);
  const [example, setExample] = useState<Example>();
  const examples = useExamples();
  const token = pasted.trim() || session?.token;
  const tenants = useTenants(token, pasted ? NO_TENANTS : (session?.tenants ?? NO_TENANTS), endpoint);
  const [tenant, chooseTenant] = useTenant(tenants);

  // The fetcher stays the same while header values change, so that the editor keeps its schema.
  const current = useRef({ token, tenant });
  current.current = { token, tenant };
  const fetcher = useMemo(() => createFetcher(endpoint, () => current.current, setNote), [endpoint]);

  const editor = useRef<HTMLElement>(null);
  useEffect(() => (editor.current ? mendTabRoles(editor.current) : undefined), []);

  useEffect(() => {
    if (!session) return undefined;
    const timer = setTimeout(() => setNote('The login is over: log in again.'), session.expiresAt - Date.now());
    return () => clearTimeout(timer);
  }, [session]);

  const leave = async (): Promise<void> => {
    if (session) await logOut(settings, session);
    setSession(undefined);
  };
  const silent = (): void => setNote('The OpenID provider does not answer. Is it running?');
  return (
    <>
      <Bar session={session} onLogIn={() => void beginLogin(settings).catch(silent)} onLogOut={() => void leave().catch(silent)} />
      <Tools
        endpoints={settings.endpoints}
        endpoint={endpoint}
        onEndpoint={setEndpoint}
        tenant={tenant}
        tenants={tenants}
        onTenant={chooseTenant}
        examples={examples}
        example={example}
        onExample={setExample}
        token={pasted}
        onToken={setPasted}
      />
      {(note || !token) && (
        <p className="note" role="status">
          {note || 'Log in to send calls and to see the schema. Or paste a token of yours.'}
        </p>
      )}
      <main ref={editor}>
        <GraphiQL
          key={endpoint}
          fetcher={fetcher}
          // Without a token the schema would be refused: it is asked for once there is one.
          {...(token ? {} : { schema: null })}
          initialQuery={linked.query}
          initialVariables={linked.variables}
          shouldPersistHeaders={false}
          defaultEditorToolsVisibility={linked.variables === '' ? false : 'variables'}
        >
          <ExampleTab example={example} />
        </GraphiQL>
      </main>
    </>
  );
}

/** Sends calls with the current token and tenant, where the caller set no others in the headers editor. */
function createFetcher(url: string, current: () => { readonly token: string | undefined; readonly tenant: string }, setNote: (note: string) => void): Fetcher {
  const send: typeof fetch = async (input, init) => {
    const { token, tenant } = current();
    const headers = new Headers(init?.headers);
    if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    if (tenant && !headers.has('tenant')) headers.set('tenant', tenant);
    try {
      const response = await fetch(input, { ...init, headers });
      setNote(noteFor(response.status));
      return response;
    } catch {
      setNote('The Gateway does not answer. Is it running?');
      return new Response('{"errors":[{"message":"The Gateway does not answer."}]}', { status: 503 });
    }
  };
  return createGraphiQLFetcher({ url, fetch: send });
}

function noteFor(status: number): string {
  if (status === 401) return 'You are not logged in, or the login is over: log in again.';
  if (status === 400) return 'The request was refused: the answer says why. An unknown tenant is the most frequent reason.';
  if (status === 429) return 'Too many calls: wait a moment.';
  return status >= 500 ? 'A service behind the Gateway does not answer: try again.' : '';
}
