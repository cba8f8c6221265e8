import fc from 'fast-check';
import { behindTheScenes, type DirectorUnderTest } from '../../services/director/src/testing/director-under-test.ts';

/** A tenant that calls, and what of the landscape its arguments may name. */
export interface Landscape {
  readonly tenants: readonly string[];
  /** Ids by the type of the object; ids of other tenants among them. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly formationNames: readonly string[];
  readonly tenantNames: readonly string[];
  /** One-time tokens. */
  readonly tokens: readonly string[];
}

/** Values in which SQL, JSON, placeholders of the compiler and slots of secrets could be mistaken. */
const TRICKY = [
  `it's "quoted" \\ and \n broken`,
  '$1 $aggregate$ $$',
  '{"a": [1, null]}',
  '0123456789abcdef0123456789abcdef:0:00000000-0000-7000-8000-000000000001',
  'ünï\u2028cödé 🜁 \u0007',
  '',
];
const text = fc
  .oneof({ weight: 3, arbitrary: fc.constantFrom(...TRICKY) }, { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) })
  .map(wellFormed);
const name = fc.stringMatching(/^[a-z][a-z0-9]{2,10}$/);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

export const LABEL_KEYS = ['color', 'deep', 'list', 'n', 'flag', '__proto__x'] as const;
const labelValue = fc.oneof(
  fc.constantFrom<unknown>('red', 'blue', 'gr een', ['red', 'blue'], ['x'], { x: { y: 1 } }, { x: ['red'] }, 7, -0.5, 1e21, true, false),
  text.filter((value) => value !== ''),
);
const labels = fc.dictionary(fc.constantFrom(...LABEL_KEYS), labelValue, { maxKeys: 4 });

const auth = fc.record(
  {
    credential: fc.oneof(
      fc.record({ basic: fc.record({ username: fc.constant('u'), password: fc.constantFrom('p', ...TRICKY.slice(0, 4)) }) }),
      fc.constant({ oauth: { clientId: 'i', clientSecret: 's', url: 'https://token.example.com' } }),
      fc.constant({ certificateOAuth: { clientId: 'i', certificate: 'c', url: 'https://token.example.com' } }),
    ),
    additionalHeaders: fc.constantFrom({ 'X-A': ['1', '2'] }, { 'X-B': ['"'] }),
    additionalQueryParamsSerialized: fc.constant('{"q":["1"]}'),
    requestAuth: fc.constant({ csrf: { tokenEndpointURL: 'https://csrf.example.com', credential: { basic: { username: 'c', password: 'd' } } } }),
  },
  { requiredKeys: ['credential'] },
);

const webhook = fc.record(
  {
    type: fc.constantFrom('CONFIGURATION_CHANGED', 'APPLICATION_TENANT_MAPPING'),
    url: fc.constant('https://hook.example.com'),
    auth,
    retryInterval: fc.nat(9),
  },
  { requiredKeys: ['type', 'url'] },
);
const webhooks = fc.uniqueArray(webhook, { selector: ({ type }) => type, maxLength: 2 });
const version = fc.record({ value: fc.constantFrom('1.0.0', '2.1.3'), deprecated: fc.boolean() }, { requiredKeys: ['value'] });
const group = fc.constantFrom('g1', 'g2');

const api = fc.record(
  {
    name,
    targetURL: fc.constant('https://api.example.com/v1'),
    description: text,
    group,
    version,
    spec: fc.record({ type: fc.constant('OPEN_API'), format: fc.constant('JSON'), data: text }),
  },
  { requiredKeys: ['name', 'targetURL'] },
);
const event = fc.record(
  { name, description: text, group, version, spec: fc.record({ type: fc.constant('ASYNC_API'), format: fc.constant('YAML'), data: text }) },
  { requiredKeys: ['name'] },
);
const documentation = fc.record(
  { title: fc.constant('t'), displayName: fc.constant('d'), description: fc.constant('x'), format: fc.constant('MARKDOWN'), data: text },
  { requiredKeys: ['title', 'displayName', 'description', 'format'] },
);
const bundle = fc.record(
  {
    name,
    description: text,
    defaultInstanceAuth: auth,
    instanceAuthRequestInputSchema: fc.constant('{"type":"object"}'),
    apiDefinitions: fc.array(api, { maxLength: 3 }),
    eventDefinitions: fc.array(event, { maxLength: 2 }),
    documents: fc.array(documentation, { maxLength: 2 }),
  },
  { requiredKeys: ['name'] },
);

const application = fc.record({
  description: maybe(text),
  providerName: maybe(text),
  localTenantID: maybe(fc.constantFrom('l1', 'l2')),
  labels,
  webhooks,
  bundles: fc.array(bundle, { maxLength: 3 }),
  hidden: fc.boolean(),
});
const runtime = fc.record({ description: maybe(text), labels, webhooks, contexts: fc.nat(2), isNormalized: maybe(fc.constantFrom('true', 'false')) });

const tenant = fc.record({
  applications: fc.array(application, { minLength: 2, maxLength: 5 }),
  runtimes: fc.array(runtime, { minLength: 1, maxLength: 3 }),
  formations: fc.array(fc.array(fc.nat(9), { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
});

type TenantPlan = typeof tenant extends fc.Arbitrary<infer Plan> ? Plan : never;

const REGISTER = 'mutation ($in: ApplicationRegisterInput!) { registerApplication(in: $in) { id } }';
const REGISTER_RUNTIME = 'mutation ($in: RuntimeRegisterInput!) { registerRuntime(in: $in) { id } }';

/** Fills a Director's database with what a seed decides: a customer above two accounts, and a stranger. */
export async function seedLandscape(director: DirectorUnderTest, seed: number): Promise<Landscape> {
  const customer = await director.tenant('customer', { type: 'customer' });
  const tenants = [customer];
  for (const account of ['acme', 'globex']) tenants.push(await director.tenant(account, { parents: ['customer'] }));
  tenants.push(await director.tenant(`100%_\\stranger`));
  const plans = fc.sample(tenant, { seed, numRuns: tenants.length });
  for (const [index, plan] of plans.entries()) await seedTenant(director, tenants[index] ?? '', index, plan);
  const tokens: string[] = [];
  for (const [index, own] of tenants.entries()) tokens.push(...(await seedTrust(director, own, index)));
  await behindTheScenes(director, EXTRAS);
  // Pairs of a formation are made by one statement: their ids have no order that a seed decides.
  const ids = async (table: string, order = 'id'): Promise<readonly string[]> =>
    (await behindTheScenes(director, `select id::text from ${table} order by ${order}`)).map((row: { id: string }) => row.id);
  return {
    tenants,
    ids: {
      Application: await ids('application'),
      Runtime: await ids('runtime'),
      RuntimeContext: await ids('runtime_context'),
      Bundle: await ids('bundle'),
      APIDefinition: await ids('api_definition'),
      EventDefinition: await ids('event_definition'),
      Document: await ids('document'),
      Formation: await ids('formation'),
      FormationAssignment: await ids('formation_assignment', 'formation_id, source_id, target_id'),
      FormationTemplate: await ids('formation_template'),
      ApplicationTemplate: await ids('application_template'),
      Tenant: tenants,
      SystemAuth: await ids('system_auth', 'id'),
      Credential: await ids('credential'),
      IntegrationSystem: await ids('integration_system'),
      CertificateSubjectMapping: await ids('cert_subject_mapping'),
    },
    tokens,
    formationNames: ['f0', 'f1', 'f2'],
    tenantNames: ['customer', 'acme', 'globex', `100%_\\stranger`],
  };
}

async function seedTenant(director: DirectorUnderTest, tenantId: string, index: number, plan: TenantPlan): Promise<void> {
  const change = async (query: string, variables?: object): Promise<{ readonly id: string }> => {
    const { data, errors } = await director.call({ tenant: tenantId }, query, variables);
    if (errors) throw new Error(`${JSON.stringify(errors)} for ${JSON.stringify(variables)}`);
    return Object.values(data)[0] as { id: string }; // every mutation here answers one object
  };
  const applications: string[] = [];
  for (const [n, { hidden, labels: given, ...rest }] of plan.applications.entries()) {
    const hiding = hidden && n > 1 ? { applicationHideSelectorKey: 'applicationHideSelectorValue' } : {};
    const input = { ...rest, name: `App ${index}${n}`, labels: { ...given, ...hiding, applicationType: 'SAP Commerce Cloud' } };
    applications.push((await change(REGISTER, { in: input })).id);
  }
  const runtimes: string[] = [];
  for (const [n, { contexts, isNormalized, labels: given, ...rest }] of plan.runtimes.entries()) {
    const input = { ...rest, name: `runtime-${index}${n}`, labels: { ...given, ...(isNormalized ? { isNormalized } : {}) } };
    const { id } = await change(REGISTER_RUNTIME, { in: input });
    runtimes.push(id);
    await behindTheScenes(director, `update runtime set labels = labels || '{"runtimeType": "kyma"}' where id = $1`, [id]);
    await behindTheScenes(
      director,
      `insert into runtime_context (id, runtime_id, owner_tenant, key, value, readers)
       select new_uuid_v7(), r.id, r.owner_tenant, 'k' || n, 'v' || n, r.readers from runtime r, generate_series(1, $2) n where r.id = $1`,
      [id, contexts],
    );
  }
  for (const [n, members] of plan.formations.entries()) {
    await change(`mutation { createFormation(formation: { name: "f${n}" }) { id } }`);
    for (const member of new Set(members)) {
      const isRuntime = member % 3 === 0;
      const pool = isRuntime ? runtimes : applications;
      await change(
        `mutation { assignFormation(objectID: "${pool[member % pool.length]}", objectType: ${isRuntime ? 'RUNTIME' : 'APPLICATION'}, formation: { name: "f${n}" }) { id } }`,
      );
    }
  }
}

/** Identities of every kind: tokens, clients, an integration system, a mapping. */
async function seedTrust(director: DirectorUnderTest, tenantId: string, index: number): Promise<readonly string[]> {
  const [application, runtime] = await Promise.all(
    ['application', 'runtime'].map(
      async (table) => (await behindTheScenes(director, `select id from ${table} where owner_tenant = $1 order by id limit 1`, [tenantId]))[0].id as string,
    ),
  );
  const { data, errors } = await director.call(
    { tenant: tenantId },
    `mutation {
      system: registerIntegrationSystem(in: { name: "system-${index}", description: "it's \\"one\\"" }) { id }
      mapping: createCertificateSubjectMapping(in: { subject: "C=DE, L=l, O=o, OU=u${index}, CN=c", consumerType: "Runtime", tenantAccessLevels: ["account"] }) { id }
      ofApplication: requestOneTimeTokenForApplication(id: "${application}") { token }
      ofRuntime: requestOneTimeTokenForRuntime(id: "${runtime}") { token }
      client: requestClientCredentialsForApplication(id: "${application}") { id }
    }`,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  await director.call({}, `mutation { requestClientCredentialsForIntegrationSystem(id: "${data.system.id}") { id } }`);
  await behindTheScenes(director, 'update system_auth set cert_cn = id::text where id = $1', [data.client.id]);
  return [data.ofApplication.token, data.ofRuntime.token];
}

/** What no mutation can make yet: templates with webhooks, credentials, failed assignments, participants of all kinds, second paths of access. */
const EXTRAS = `
insert into application_template (id, name, app_input) values ('01970000-0000-7000-8000-0000000000a1', 'template', '{}');
insert into webhook (id, owner_kind, owner_id, type, url)
  select new_uuid_v7(), 5, '01970000-0000-7000-8000-0000000000a1', type, 'https://template.example.com' from unnest(array['CONFIGURATION_CHANGED', 'REGISTER_APPLICATION']) type;
insert into webhook (id, owner_kind, owner_id, type, url)
  select new_uuid_v7(), 6, id, 'FORMATION_LIFECYCLE', 'https://formation.example.com' from formation_template;
update application set template_id = '01970000-0000-7000-8000-0000000000a1', updated_at = now() where norm_name ~ '[02]$';
update application set system_number = 'sys-' || norm_name, error = '{"message": "it''s broken"}' where norm_name ~ '1$';
insert into system_auth (id, ref_kind, ref_id, tenant_id, auth_id)
  select new_uuid_v7(), 1, a.id, a.owner_tenant, (select w.auth_id from webhook w where w.application_id = a.id and w.auth_id is not null limit 1) from application a where norm_name ~ '[13]$';
insert into system_auth (id, ref_kind, ref_id, tenant_id, auth_id)
  select new_uuid_v7(), 2, r.id, r.owner_tenant, (select w.auth_id from webhook w where w.runtime_id = r.id and w.auth_id is not null limit 1) from runtime r;
insert into access (tenant_id, kind, resource_id, owner, source_id)
  select tenant_id, kind, resource_id, false, '01970000-0000-7000-8000-0000000000ff' from (select *, row_number() over (order by tenant_id, resource_id) as n from access) numbered where n % 3 = 0;
insert into formation_member (formation_id, kind, object_id, source)
  select f.id, 3, c.id, 'automatic' from formation f join runtime_context c on c.owner_tenant = f.tenant_id where f.name = 'f0';
insert into formation_assignment (id, formation_id, source_kind, source_id, target_kind, target_id, state)
  select new_uuid_v7(), f.id, 3, c.id, 1, a.id, 'INITIAL' from formation f join runtime_context c on c.owner_tenant = f.tenant_id join application a on a.owner_tenant = f.tenant_id where f.name = 'f0';
with numbered as (select id, row_number() over (order by formation_id, source_id, target_id) % 5 as n from formation_assignment)
update formation_assignment fa set state = case n when 0 then 'CREATE_ERROR' when 1 then 'CONFIG_PENDING' else state end,
  error = case n when 0 then '{"message": "no \\"way\\"", "errorCode": 2}'::jsonb end, config = case n when 1 then '{"k": [1, "2"]}'::jsonb end, last_notification = now()
  from numbered where numbered.id = fa.id and n < 2;
update formation set state = 'CREATE_ERROR', error = '{"errorCode": 1}' where name = 'f1';
update formation set state = 'DRAFT' where name = 'f2';
insert into formation_template (id, name, tenant_id, application_types, labels, leading_product_ids)
  select new_uuid_v7(), 'own', id, array['A', 'it''s "B"'], '{"color": "red"}', array['p'] from tenant where external_id in ('acme', 'customer');
update tenant set labels = '{"color": "blue", "n": 7}' where external_id = 'acme';
insert into issuer (id, kind, role, subject, certificate_pem, state, not_before, not_after)
  values ('01970000-0000-7000-8000-0000000000c1', 'builtin', 'intermediate', 'CN=ca', 'pem', 'active', now(), now() + interval '1 year');
insert into certificate (id, issuer_id, serial, auth_id, ref_kind, ref_id, tenant_id, fingerprint_sha256, spki_sha256, subject, key_algorithm, not_before, not_after, via, der, last_used_at)
  select new_uuid_v7(), '01970000-0000-7000-8000-0000000000c1', substring(sha256(s.id::text::bytea || n::text::bytea || 's') for 16), s.id, s.ref_kind, s.ref_id, s.tenant_id,
    sha256(s.id::text::bytea || n::text::bytea), sha256(s.id::text::bytea), 'CN=' || s.id, 'P-256', now(), case n when 1 then now() + interval '90 days' else now() - interval '1 day' end, 'token', 'x',
    case when s.ref_kind = 1 then now() end
  from system_auth s, generate_series(1, 2) n where s.ref_kind in (1, 2);
update certificate set revoked_at = now(), revocation_reason = 'superseded', revoked_by = 'x' where ref_kind = 2 and not_after > now();
insert into credential_use (auth_id, last_used_at, last_used_by) select id, now(), 'OAuth2' from system_auth where oauth_client_secret_hash is not null and ref_kind = 4;
insert into heartbeat (kind, object_id, last_seen_at) select 2, id, now() from runtime;
insert into trust_policy (tenant_id, enrolment_approval) select id, true from tenant where external_id = 'acme';
`;

function wellFormed(value: string): string {
  return value.toWellFormed().replaceAll('\u0000', '');
}
