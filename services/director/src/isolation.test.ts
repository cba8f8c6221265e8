import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadRequirements, needsTenant } from './authorization/requirements.ts';
import { extendedDeclarations, extendedMutations } from './extensions.ts';
import { loadSchema } from './schema.ts';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest, type Answer } from './testing/director-under-test.ts';
import { values } from './values.ts';

const PUBLISHED = path.resolve(import.meta.dirname, '../../../schema/director');
const FOLDERS = [PUBLISHED, path.resolve(PUBLISHED, '../extensions')] as const;
const RANDOM = '00000000-0000-7000-8000-00000000dead';

/** Objects of one tenant, made anew for each operation that changes them. */
interface Scene {
  readonly application: string;
  readonly runtime: string;
  readonly formation: string;
  readonly formationName: string;
  readonly bundle: string;
  readonly api: string;
  readonly event: string;
  readonly document: string;
  readonly webhook: string;
  readonly applicationAuth: string;
  readonly runtimeAuth: string;
}

/**
 * How each operation is asked in the matrix. `object` operations name an object of the scene: from a tenant without a path to it the answer must
 * be that for an id that nothing has. `list` operations must not show anything of the scene. `free` ones belong to no tenant.
 */
type Case = { readonly kind: 'object' | 'list' | 'free'; readonly document: (scene: Scene) => string };

const object = (document: Case['document']): Case => ({ kind: 'object', document });
const list = (document: string): Case => ({ kind: 'list', document: () => document });
const free = (document: string): Case => ({ kind: 'free', document: () => document });
const definition = '{ name: "n", targetURL: "https://n.example.com" }';

const mapping = '{ subject: "C=DE, L=l, O=o, OU=u, CN=matrix", consumerType: "Runtime", tenantAccessLevels: ["account"] }';

const CASES: Readonly<Record<string, Case>> = {
  viewer: free('{ viewer { id } }'),
  tenants: free('{ tenants { totalCount } }'),
  tenantByExternalID: free('{ tenantByExternalID(id: "acme") { name } }'),
  tenantByInternalID: free(`{ tenantByInternalID(id: "${RANDOM}") { name } }`),
  rootTenants: free('{ rootTenants(externalTenant: "acme") { id } }'),
  formationsForObject: free(`{ formationsForObject(objectID: "${RANDOM}") { id } }`),
  formationTemplate: free(`{ formationTemplate(id: "${RANDOM}") { id } }`),
  formationTemplates: free('{ formationTemplates { totalCount } }'),
  formationTemplatesByName: free('{ formationTemplatesByName(name: "x") { totalCount } }'),
  integrationSystems: free('{ integrationSystems { totalCount } }'),
  integrationSystem: free(`{ integrationSystem(id: "${RANDOM}") { name } }`),
  registerIntegrationSystem: free('mutation { registerIntegrationSystem(in: { name: "matrix" }) { id } }'),
  updateIntegrationSystem: free(`mutation { updateIntegrationSystem(id: "${RANDOM}", in: { name: "m" }) { id } }`),
  unregisterIntegrationSystem: free(`mutation { unregisterIntegrationSystem(id: "${RANDOM}") { id } }`),
  certificateSubjectMappings: free('{ certificateSubjectMappings { totalCount } }'),
  certificateSubjectMapping: free(`{ certificateSubjectMapping(id: "${RANDOM}") { id } }`),
  createCertificateSubjectMapping: free(`mutation { createCertificateSubjectMapping(in: ${mapping}) { id } }`),
  updateCertificateSubjectMapping: free(`mutation { updateCertificateSubjectMapping(id: "${RANDOM}", in: ${mapping}) { id } }`),
  deleteCertificateSubjectMapping: free(`mutation { deleteCertificateSubjectMapping(id: "${RANDOM}") { id } }`),
  systemAuth: free(`{ systemAuth(id: "${RANDOM}") { id } }`),
  systemAuthByToken: free('{ systemAuthByToken(token: "none") { id } }'),
  updateSystemAuth: free(`mutation { updateSystemAuth(authID: "${RANDOM}", in: {}) { id } }`),
  invalidateSystemAuthOneTimeToken: free(`mutation { invalidateSystemAuthOneTimeToken(authID: "${RANDOM}") { id } }`),
  requestClientCredentialsForIntegrationSystem: free(`mutation { requestClientCredentialsForIntegrationSystem(id: "${RANDOM}") { id } }`),
  deleteSystemAuthForIntegrationSystem: free(`mutation { deleteSystemAuthForIntegrationSystem(authID: "${RANDOM}") { id } }`),
  requestOneTimeTokenForApplication: object(({ application }) => `mutation { requestOneTimeTokenForApplication(id: "${application}") { type } }`),
  requestOneTimeTokenForRuntime: object(({ runtimeAuth }) => `mutation { requestOneTimeTokenForRuntime(id: "", systemAuthID: "${runtimeAuth}") { type } }`),
  requestClientCredentialsForApplication: object(({ application }) => `mutation { requestClientCredentialsForApplication(id: "${application}") { type } }`),
  requestClientCredentialsForRuntime: object(({ runtime }) => `mutation { requestClientCredentialsForRuntime(id: "${runtime}") { type } }`),
  deleteSystemAuthForApplication: object(({ applicationAuth }) => `mutation { deleteSystemAuthForApplication(authID: "${applicationAuth}") { type } }`),
  deleteSystemAuthForRuntime: object(({ runtimeAuth }) => `mutation { deleteSystemAuthForRuntime(authID: "${runtimeAuth}") { type } }`),
  credentials: list('{ credentials(filter: { states: [ACTIVE, SPENT, EXPIRED, REVOKED] }) { data { holderName } } }'),
  credentialsGlobal: free('{ credentialsGlobal { totalCount } }'),
  trustPolicy: list('{ trustPolicy { enrolmentApproval } }'),
  setTrustPolicy: list('mutation { setTrustPolicy(in: { recoveriesPerDay: 3 }) { recoveriesPerDay } }'),
  revokeClientCertificates: object(({ runtimeAuth }) => `mutation { revokeClientCertificates(authID: "${runtimeAuth}") { serial } }`),
  recoveries: list('{ recoveries { data { authID } } }'),
  decideRecovery: free(`mutation { decideRecovery(id: "${RANDOM}", approve: true) { id } }`),
  renewClientCertificates: object(({ runtimeAuth }) => `mutation { renewClientCertificates(authID: "${runtimeAuth}") }`),
  approveEnrolment: object(({ applicationAuth }) => `mutation { approveEnrolment(authID: "${applicationAuth}") { type } }`),
  requestBoundOneTimeToken: object(
    ({ runtime }) => `mutation { requestBoundOneTimeToken(id: "${runtime}", type: Runtime, publicKeyThumbprint: "${'0a'.repeat(32)}") { type } }`,
  ),
  writeTenants: free('mutation { writeTenants(in: []) }'),
  writeTenant: free('mutation { writeTenant(in: { name: "m", externalTenant: "matrix", type: "account", provider: "m" }) }'),
  updateTenant: free(`mutation { updateTenant(id: "${RANDOM}", in: { name: "m", externalTenant: "m2", type: "account", provider: "m" }) { id } }`),
  deleteTenants: free('mutation { deleteTenants(in: ["matrix"]) }'),
  setTenantLabel: free('mutation { setTenantLabel(tenantID: "nobody", key: "a", value: 1) { key } }'),
  applications: list('{ applications { data { name } } }'),
  applicationsByLocalTenantID: list('{ applicationsByLocalTenantID(localTenantID: "local") { data { name } } }'),
  runtimes: list('{ runtimes { data { name } } }'),
  formations: list('{ formations { data { name } } }'),
  labelDefinitions: list('{ labelDefinitions { schema } }'),
  labelDefinition: list('{ labelDefinition(key: "scenarios") { schema } }'),
  healthChecks: list('{ healthChecks { totalCount } }'),
  application: object(({ application }) => `{ application(id: "${application}") { name bundles { data { name } } } }`),
  applicationBySystemNumber: list('{ applicationBySystemNumber(systemNumber: "none") { name } }'),
  applicationByLocalTenantIDAndAppTemplateID: list(
    `{ applicationByLocalTenantIDAndAppTemplateID(localTenantID: "local", applicationTemplateID: "${RANDOM}") { name } }`,
  ),
  applicationsForRuntime: object(({ runtime }) => `{ applicationsForRuntime(runtimeID: "${runtime}") { data { name } } }`),
  apisForApplication: object(({ application }) => `{ apisForApplication(appID: "${application}") { data { name } } }`),
  eventsForApplication: object(({ application }) => `{ eventsForApplication(appID: "${application}") { data { name } } }`),
  runtime: object(({ runtime }) => `{ runtime(id: "${runtime}") { name } }`),
  formation: object(({ formation }) => `{ formation(id: "${formation}") { name } }`),
  formationByName: object(({ formationName }) => `{ formationByName(name: "${formationName}") { state } }`),
  registerApplication: list('mutation { registerApplication(in: { name: "new" }) { name } }'),
  registerRuntime: list('mutation { registerRuntime(in: { name: "new" }) { name } }'),
  createFormation: list('mutation { createFormation(formation: { name: "new" }) { name } }'),
  createLabelDefinition: list(
    'mutation { createLabelDefinition(in: { key: "scenarios", schema: "{\\"type\\":\\"array\\",\\"items\\":{\\"type\\":\\"string\\",\\"enum\\":[\\"first\\"]}}" }) { key } }',
  ),
  updateLabelDefinition: list(
    'mutation { updateLabelDefinition(in: { key: "scenarios", schema: "{\\"type\\":\\"array\\",\\"items\\":{\\"type\\":\\"string\\",\\"enum\\":[\\"first\\"]}}" }) { key } }',
  ),
  updateApplication: object(({ application }) => `mutation { updateApplication(id: "${application}", in: { description: "d" }) { id } }`),
  unregisterApplication: object(({ application }) => `mutation { unregisterApplication(id: "${application}") { id } }`),
  unpairApplication: object(({ application }) => `mutation { unpairApplication(id: "${application}") { id } }`),
  setApplicationLabel: object(({ application }) => `mutation { setApplicationLabel(applicationID: "${application}", key: "k", value: 1) { key } }`),
  deleteApplicationLabel: object(({ application }) => `mutation { deleteApplicationLabel(applicationID: "${application}", key: "mark") { key } }`),
  updateRuntime: object(({ runtime }) => `mutation { updateRuntime(id: "${runtime}", in: { name: "n" }) { id } }`),
  unregisterRuntime: object(({ runtime }) => `mutation { unregisterRuntime(id: "${runtime}") { id } }`),
  setRuntimeLabel: object(({ runtime }) => `mutation { setRuntimeLabel(runtimeID: "${runtime}", key: "k", value: 1) { key } }`),
  deleteRuntimeLabel: object(({ runtime }) => `mutation { deleteRuntimeLabel(runtimeID: "${runtime}", key: "isNormalized") { key } }`),
  deleteFormation: object(({ formationName }) => `mutation { deleteFormation(formation: { name: "${formationName}" }) { name } }`),
  assignFormation: object(
    ({ application, formationName }) =>
      `mutation { assignFormation(objectID: "${application}", objectType: APPLICATION, formation: { name: "${formationName}" }) { name } }`,
  ),
  unassignFormation: object(
    ({ application, formationName }) =>
      `mutation { unassignFormation(objectID: "${application}", objectType: APPLICATION, formation: { name: "${formationName}" }) { name } }`,
  ),
  addBundle: object(({ application }) => `mutation { addBundle(applicationID: "${application}", in: { name: "n" }) { name } }`),
  updateBundle: object(({ bundle }) => `mutation { updateBundle(id: "${bundle}", in: { name: "n" }) { id } }`),
  deleteBundle: object(({ bundle }) => `mutation { deleteBundle(id: "${bundle}") { id } }`),
  addAPIDefinitionToApplication: object(({ application }) => `mutation { addAPIDefinitionToApplication(appID: "${application}", in: ${definition}) { name } }`),
  addAPIDefinitionToBundle: object(({ bundle }) => `mutation { addAPIDefinitionToBundle(bundleID: "${bundle}", in: ${definition}) { name } }`),
  updateAPIDefinition: object(({ api }) => `mutation { updateAPIDefinition(id: "${api}", in: ${definition}) { id } }`),
  updateAPIDefinitionForApplication: object(({ api }) => `mutation { updateAPIDefinitionForApplication(id: "${api}", in: ${definition}) { id } }`),
  deleteAPIDefinition: object(({ api }) => `mutation { deleteAPIDefinition(id: "${api}") { id } }`),
  addEventDefinitionToApplication: object(
    ({ application }) => `mutation { addEventDefinitionToApplication(appID: "${application}", in: { name: "n" }) { name } }`,
  ),
  addEventDefinitionToBundle: object(({ bundle }) => `mutation { addEventDefinitionToBundle(bundleID: "${bundle}", in: { name: "n" }) { name } }`),
  updateEventDefinition: object(({ event }) => `mutation { updateEventDefinition(id: "${event}", in: { name: "n" }) { id } }`),
  updateEventDefinitionForApplication: object(({ event }) => `mutation { updateEventDefinitionForApplication(id: "${event}", in: { name: "n" }) { id } }`),
  deleteEventDefinition: object(({ event }) => `mutation { deleteEventDefinition(id: "${event}") { id } }`),
  addDocumentToBundle: object(
    ({ bundle }) =>
      `mutation { addDocumentToBundle(bundleID: "${bundle}", in: { title: "t", displayName: "d", description: "d", format: MARKDOWN, data: "x" }) { title } }`,
  ),
  deleteDocument: object(({ document }) => `mutation { deleteDocument(id: "${document}") { id } }`),
  addWebhook: object(
    ({ application }) => `mutation { addWebhook(applicationID: "${application}", in: { type: FORMATION_LIFECYCLE, url: "https://n.example.com" }) { type } }`,
  ),
  updateWebhook: object(
    ({ webhook }) => `mutation { updateWebhook(webhookID: "${webhook}", in: { type: CONFIGURATION_CHANGED, url: "https://n.example.com" }) { id } }`,
  ),
  deleteWebhook: object(({ webhook }) => `mutation { deleteWebhook(webhookID: "${webhook}") { id } }`),
};

/** Lists that show a tenant what the tenants below it have. */
const SEEN_FROM_ABOVE = new Set(['applications', 'applicationsByLocalTenantID', 'credentials', 'runtimes']);

const available = [...Object.keys(extendedDeclarations.roots), ...Object.keys(values), ...Object.keys(extendedMutations)].sort();

describe('tenant isolation', () => {
  let director: DirectorUnderTest;
  const tenants: Record<string, string> = {};
  const schema = loadSchema(...FOLDERS);
  const requirements = loadRequirements(schema, ...FOLDERS);
  const published = loadSchema(PUBLISHED);
  /** Asks where the operation is published, or else at the extension endpoint. */
  const at = (name: string): DirectorUnderTest['extended'] =>
    published.getQueryType()?.getFields()[name] || published.getMutationType()?.getFields()[name] ? director.call : director.extended;
  let scenes = 0;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    tenants['parent'] = await director.tenant('parent', { type: 'customer' });
    tenants['own'] = await director.tenant('own', { parents: ['parent'] });
    tenants['child'] = await director.tenant('child', { type: 'subaccount', parents: ['own'] });
    tenants['sibling'] = await director.tenant('sibling', { parents: ['parent'] });
    tenants['foreign'] = await director.tenant('acme');
  });
  afterAll(() => director.stop());

  it('has a case for every operation of this version, and none for any other', () => {
    expect(Object.keys(CASES).sort()).toEqual(available);
  });

  async function scene(): Promise<Scene> {
    const formationName = `canary-${(scenes += 1)}`;
    const ask = (query: string) => director.call({ tenant: tenants['own'] }, query);
    const { data, errors } = await ask(`mutation {
      registerApplication(in: { name: "${formationName}", localTenantID: "local", labels: { mark: 1, applicationType: "SAP Commerce Cloud" }, webhooks: [{ type: CONFIGURATION_CHANGED, url: "https://h.example.com" }],
        bundles: [{ name: "canary", apiDefinitions: [{ name: "canary", targetURL: "https://c.example.com" }], eventDefinitions: [{ name: "canary" }], documents: [{ title: "canary", displayName: "d", description: "d", format: MARKDOWN, data: "x" }] }] }) {
        id webhooks { id } bundles { data { id apiDefinitions { data { id } } eventDefinitions { data { id } } documents { data { id } } } } }
      registerRuntime(in: { name: "${formationName}" }) { id }
      createFormation(formation: { name: "${formationName}" }) { id } }`);
    expect(errors).toBeUndefined();
    const [bundle] = data.registerApplication.bundles.data;
    const auths = await ask(`mutation {
      application: requestClientCredentialsForApplication(id: "${data.registerApplication.id}") { id }
      runtime: requestClientCredentialsForRuntime(id: "${data.registerRuntime.id}") { id } }`);
    expect(auths.errors).toBeUndefined();
    return {
      application: data.registerApplication.id,
      runtime: data.registerRuntime.id,
      formation: data.createFormation.id,
      formationName,
      bundle: bundle.id,
      api: bundle.apiDefinitions.data[0].id,
      event: bundle.eventDefinitions.data[0].id,
      document: bundle.documents.data[0].id,
      webhook: data.registerApplication.webhooks[0].id,
      applicationAuth: auths.data.application.id,
      runtimeAuth: auths.data.runtime.id,
    };
  }

  const nothing: Scene = {
    application: RANDOM,
    runtime: RANDOM,
    formation: RANDOM,
    formationName: 'nothing',
    bundle: RANDOM,
    api: RANDOM,
    event: RANDOM,
    document: RANDOM,
    webhook: RANDOM,
    applicationAuth: RANDOM,
    runtimeAuth: RANDOM,
  };
  const shown = ({ status, data, errors }: Answer): string => JSON.stringify({ status, data, errors });
  /** Everything the tenant stores, so that a refused call can be seen to have changed nothing. */
  const stored = async (): Promise<string> =>
    JSON.stringify(
      await behindTheScenes(
        director,
        `select (select json_agg(t order by id) from application t) as a, (select json_agg(t order by id) from runtime t) as r, (select json_agg(t order by id) from formation t) as f, (select json_agg(t order by id) from bundle t) as b,
         (select json_agg(t order by id) from api_definition t) as d, (select json_agg(t order by id) from event_definition t) as e, (select json_agg(t order by id) from document t) as o, (select json_agg(t order by id) from webhook t) as w,
         (select json_agg(t order by id) from system_auth t) as s, (select json_agg(t order by id) from one_time_token t) as k, (select count(*) from secret) as y, (select count(*) from integration_system) as i, (select count(*) from cert_subject_mapping) as c,
         (select count(*) from formation_member) as m, (select count(*) from access) as x`,
      ),
    );

  for (const name of available) {
    const testCase = CASES[name];
    if (!testCase) continue;
    const isMutation = name in extendedMutations;
    const root = isMutation ? schema.getMutationType() : schema.getQueryType();
    const field = root?.getFields()[name];

    it(`${name}: own tenant`, async () => {
      const { errors } = await at(name)({ tenant: tenants['own'] }, testCase.document(await scene()));
      // Some of the tenant-free calls name what is not there, and definitions exist already: any answer but one about rights will do.
      for (const error of errors ?? []) expect([20, 21, 27]).toContain(error.extensions.error_code);
      if (testCase.kind === 'object') expect(errors).toBeUndefined();
    });

    it(`${name}: missing scope`, async () => {
      const needed = field ? requirements.scopesOf(field) : [];
      const before = isMutation ? await stored() : '';
      for (const missing of needed) {
        const { errors, data } = await at(name)(
          { tenant: tenants['own'], scopes: director.allScopes.filter((scope) => scope !== missing) },
          testCase.document(nothing),
        );
        expect(errors?.[0]?.extensions).toEqual({ error_code: 23, error: 'InsufficientScopes' });
        expect(JSON.stringify(data)).not.toContain('canary');
      }
      if (isMutation) expect(await stored()).toBe(before);
    });

    it(`${name}: no tenant`, async () => {
      const { errors } = await at(name)({}, testCase.document(nothing));
      if (needsTenant(name)) expect(errors?.[0]?.extensions).toEqual({ error_code: 24, error: 'TenantRequired' });
      else for (const error of errors ?? []) expect(error.extensions.error_code).not.toBe(24);
    });

    if (testCase.kind === 'object') {
      it.each(['foreign', 'sibling', 'child'])(`${name}: %s tenant gets what it would get for an id that nothing has`, async (relation) => {
        const target = await scene();
        const before = await stored();
        const there = await at(name)({ tenant: tenants[relation] }, testCase.document(target));
        const nowhere = await at(name)({ tenant: tenants[relation] }, testCase.document(nothing));
        expect(shown(there).replaceAll(target.formationName, 'nothing')).toBe(shown(nowhere));
        expect(await stored()).toBe(before);
      });

      it(`${name}: parent tenant works on what is below it, but not in its formations`, async () => {
        const { errors } = await at(name)({ tenant: tenants['parent'] }, testCase.document(await scene()));
        const isOfFormations = /formation/i.test(name);
        if (isOfFormations) expect(errors?.[0]?.extensions.error_code).toBe(20);
        else expect(errors).toBeUndefined();
      });
    } else {
      it.each(['foreign', 'sibling', 'child', 'parent'])(`${name}: %s tenant sees nothing of it, unless it stands above`, async (relation) => {
        await scene();
        const seesIt = relation === 'parent' && SEEN_FROM_ABOVE.has(name);
        const text = shown(await at(name)({ tenant: tenants[relation] }, testCase.document(nothing)));
        if (seesIt) expect(text).toContain('canary');
        else expect(text).not.toContain('canary');
      });
    }
  }

  it.each([
    ['assignFormation', 'APPLICATION', 'application'],
    ['assignFormation', 'RUNTIME', 'runtime'],
    ['unassignFormation', 'APPLICATION', 'application'],
  ] as const)('%s with a formation of one tenant and the %s of another', async (name, type, member) => {
    const target = await scene();
    for (const relation of ['foreign', 'sibling', 'child']) {
      const mine = `mine-${(scenes += 1)}`;
      const call = (query: string): Promise<Answer> => director.call({ tenant: tenants[relation] }, query);
      expect((await call(`mutation { createFormation(formation: { name: "${mine}" }) { id } }`)).errors).toBeUndefined();
      const before = await stored();
      const document = (id: string): string => `mutation { ${name}(objectID: "${id}", objectType: ${type}, formation: { name: "${mine}" }) { name } }`;
      expect(shown(await call(document(target[member])))).toBe(shown(await call(document(RANDOM))));
      expect(await stored()).toBe(before);
    }
  });

  it('a webhook, a label or credentials for the runtime of another tenant are as for none', async () => {
    const { runtime } = await scene();
    const documents = [
      (id: string) => `mutation { addWebhook(runtimeID: "${id}", in: { type: CONFIGURATION_CHANGED, url: "https://n.example.com" }) { type } }`,
      (id: string) => `mutation { setRuntimeLabel(runtimeID: "${id}", key: "k", value: 1) { key } }`,
      (id: string) => `{ applicationsForRuntime(runtimeID: "${id}") { totalCount } }`,
    ];
    for (const relation of ['foreign', 'sibling', 'child']) {
      const before = await stored();
      for (const document of documents) {
        const there = await director.call({ tenant: tenants[relation] }, document(runtime));
        expect(shown(there)).toBe(shown(await director.call({ tenant: tenants[relation] }, document(RANDOM))));
        expect(there.errors).toBeDefined();
      }
      expect(await stored()).toBe(before);
    }
  });
});
