import { MARK } from '@binnacle/brand/brand';
import type { Session } from './login.ts';
import type { TenantChoice } from './use-tenants.ts';
import { type Example, exampleId } from './use-examples.ts';

interface BarProps {
  readonly session: Session | undefined;
  readonly onLogIn: () => void;
  readonly onLogOut: () => void;
}

/** Where one is, where else one may go, and who one is. */
export function Bar({ session, onLogIn, onLogOut }: BarProps) {
  return (
    <header className="bar">
      <h1 className="brand">
        <span dangerouslySetInnerHTML={{ __html: MARK }} />
        <span>
          Binnacle<small>Playground</small>
        </span>
      </h1>
      <nav aria-label="Main">
        <a href="/specification/">Specification</a>
      </nav>
      <span className="push" />
      {session ? (
        <>
          <span className="who">
            <span>Logged in as </span>
            <b>{session.name}</b>
          </span>
          <button type="button" onClick={onLogOut}>
            Log out
          </button>
        </>
      ) : (
        <button type="button" className="primary" onClick={onLogIn}>
          Log in
        </button>
      )}
    </header>
  );
}

interface ToolsProps {
  readonly endpoints: readonly { readonly name: string; readonly url: string }[];
  readonly endpoint: string;
  readonly onEndpoint: (url: string) => void;
  readonly tenant: string;
  readonly tenants: readonly TenantChoice[];
  readonly onTenant: (tenant: string) => void;
  readonly examples: readonly Example[];
  readonly example: Example | undefined;
  readonly onExample: (example: Example | undefined) => void;
  readonly token: string;
  readonly onToken: (token: string) => void;
}

/** What the next call is sent with. */
export function Tools({ endpoints, endpoint, onEndpoint, tenant, tenants, onTenant, examples, example, onExample, token, onToken }: ToolsProps) {
  const changes = examples.filter(({ query }) => /^\s*mutation\b/m.test(query));
  const groups = [
    { label: 'Look', entries: examples.filter((entry) => !changes.includes(entry)) },
    { label: 'Change', entries: changes },
  ];
  return (
    <section className="tools" aria-label="Settings of the calls">
      {endpoints.length > 1 && (
        <label>
          API
          <select value={endpoint} onChange={(event) => onEndpoint(event.target.value)}>
            {endpoints.map(({ name, url }) => (
              <option key={url} value={url}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        Tenant
        <input list="tenants" value={tenant} placeholder="external id" onChange={(event) => onTenant(event.target.value)} />
      </label>
      <datalist id="tenants">
        {tenants.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
      <label className="grow">
        Example
        <select
          value={example ? exampleId(example) : ''}
          onChange={(event) => onExample(examples.find((candidate) => exampleId(candidate) === event.target.value))}
        >
          <option value="">Choose one to begin with</option>
          {groups.map(({ label, entries }) => (
            <optgroup key={label} label={label}>
              {entries.map((entry) => (
                <option key={exampleId(entry)} value={exampleId(entry)}>
                  {entry.name.replaceAll('-', ' ')}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <label>
        Another token
        <input type="password" autoComplete="off" value={token} placeholder="instead of the login's" onChange={(event) => onToken(event.target.value)} />
      </label>
    </section>
  );
}
