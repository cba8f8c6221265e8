import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { behindTheScenes, type DirectorUnderTest, startDirectorUnderTest } from '../testing/director-under-test.ts';

describe('formations', () => {
  let director: DirectorUnderTest;
  let acme: string;
  let globex: string;
  beforeAll(async () => {
    director = await startDirectorUnderTest();
    acme = await director.tenant('acme', { region: 'eu-1' });
    globex = await director.tenant('globex');
  });
  afterAll(() => director.stop());

  const ask = async (query: string, tenant = acme) => director.call({ tenant }, query);
  const application = async (name: string, type = 'SAP Commerce Cloud') =>
    (await ask(`mutation { registerApplication(in: { name: "${name}", labels: { applicationType: "${type}" } }) { id } }`)).data.registerApplication
      .id as string;
  const runtime = async (name: string) =>
    (
      await director.call(
        { tenant: acme, consumerType: 'Integration System' },
        `mutation { registerRuntime(in: { name: "${name}" }) { id labels applicationNamespace } }`,
      )
    ).data.registerRuntime;
  const assign = (id: string, formation: string, type = 'APPLICATION') =>
    ask(
      `mutation { assignFormation(objectID: "${id}", objectType: ${type}, formation: { name: "${formation}" }) { id name state status { condition errors { message } } } }`,
    );
  const unassign = (id: string, formation: string, type = 'APPLICATION') =>
    ask(`mutation { unassignFormation(objectID: "${id}", objectType: ${type}, formation: { name: "${formation}" }) { name } }`);

  it('hold applications and runtimes, label them and show them to each other [TestApplicationFormationFlow] [TestApplicationsForRuntime]', async () => {
    const created = await ask(
      'mutation { createFormation(formation: { name: "flow" }) { id name state error { message errorCode } status { condition errors { message } } } }',
    );
    expect(created.data.createFormation).toMatchObject({
      name: 'flow',
      state: 'READY',
      error: { message: '', errorCode: 0 },
      status: { condition: 'READY', errors: null },
    });
    const app = await application('Flow App');
    const cluster = await runtime('cluster');
    expect(cluster).toMatchObject({ labels: { runtimeType: 'kyma', region: 'eu-1', isNormalized: 'true' }, applicationNamespace: 'sap.kyma' });
    expect((await assign(app, 'flow')).data.assignFormation.status.condition).toBe('READY');
    expect((await assign(cluster.id, 'flow', 'RUNTIME')).errors).toBeUndefined();
    const { data } = await ask(
      `{ application(id: "${app}") { labels(key: "scenarios") } applicationsForRuntime(runtimeID: "${cluster.id}") { data { name } } formationByName(name: "flow") { formationAssignments { totalCount data { sourceType targetType state sourceEntity { __typename ... on Runtime { name } } assignmentOperations { data { operationType triggeredBy finishedAtTimestamp } } } } } }`,
    );
    expect(data.application.labels).toEqual({ scenarios: ['flow'] });
    expect(data.applicationsForRuntime.data).toEqual([{ name: 'mp-flow-app' }]);
    expect(data.formationByName.formationAssignments.totalCount).toBe(4);
    expect(data.formationByName.formationAssignments.data[0].assignmentOperations.data[0]).toMatchObject({
      operationType: 'ASSIGN',
      triggeredBy: 'ASSIGN_OBJECT',
    });
    const asRuntime = await director.call({ tenant: acme, consumerType: 'Runtime', consumerId: cluster.id }, '{ applications { totalCount data { name } } }');
    expect(asRuntime.data.applications).toEqual({ totalCount: 1, data: [{ name: 'mp-flow-app' }] });
    await ask(`mutation { setRuntimeLabel(runtimeID: "${cluster.id}", key: "isNormalized", value: "false") { key } }`);
    expect((await ask(`{ applicationsForRuntime(runtimeID: "${cluster.id}") { data { name } } }`)).data.applicationsForRuntime.data).toEqual([
      { name: 'Flow App' },
    ]);
  });

  it('show a runtime only applications of its own formations [TestQuerySpecificApplication]', async () => {
    const stranger = await application('stranger');
    const { id } = await runtime('lonely');
    const { errors, data } = await director.call({ tenant: acme, consumerType: 'Runtime', consumerId: id }, `{ application(id: "${stranger}") { name } }`);
    expect(errors[0].message).toBe('The operation is not allowed [reason=requesting runtime should be in same scenario as the requested application resource]');
    expect(data).toEqual({ application: null });
  });

  it('are not deleted while they have members [TestApplicationFormationFlow]', async () => {
    await ask('mutation { createFormation(formation: { name: "full" }) { id } }');
    const app = await application('member');
    await assign(app, 'full');
    const refused = await ask('mutation { deleteFormation(formation: { name: "full" }) { id } }');
    expect(refused.errors[0].message).toMatch(/cannot delete formation with ID ".*", because it is not empty/);
    expect(refused.errors[0].extensions.error_code).toBe(27);
    await unassign(app, 'full');
    expect((await ask('mutation { deleteFormation(formation: { name: "full" }) { name } }')).data).toEqual({ deleteFormation: { name: 'full' } });
    expect((await ask('{ formationByName(name: "full") { id } }')).errors[0]).toMatchObject({
      message: 'Object not found [object=formations]',
      extensions: { error_code: 20 },
    });
  });

  it('take only the types of their template, with the words that clients know [TestFormationApplicationTypeWhileAssigning]', async () => {
    await ask('mutation { createFormation(formation: { name: "typed" }) { id } }');
    const wrong = await assign(await application('wrong', 'Else'), 'typed');
    expect(wrong.errors[0].message).toBe(
      'The operation is not allowed [reason=unsupported applicationType "Else" for formation template "Side-by-Side Extensibility with Kyma", allowing only ["SAP Cloud for Customer" "SAP Commerce Cloud" "SAP Field Service Management" "SAP Marketing Cloud"]]',
    );
    const bare = (await ask('mutation { registerApplication(in: { name: "bare" }) { id } }')).data.registerApplication.id as string;
    expect((await assign(bare, 'typed')).errors[0].message).toBe('Object not found [object=applicationLabel]');
    expect((await assign('00000000-0000-7000-8000-00000000dead', 'typed')).errors[0].extensions.error_code).toBe(20);
    expect((await assign('not-an-id', 'typed')).errors[0].extensions.error_code).toBe(22);
  });

  it('assign the twentieth member with as few statements as the second, and twice changes nothing', async () => {
    await ask('mutation { createFormation(formation: { name: "many" }) { id } }');
    const counts: number[] = [];
    let last = '';
    for (let n = 0; n < 20; n += 1) {
      last = await application(`many-${n}`);
      const before = director.registry.statements.count;
      await assign(last, 'many');
      counts.push(director.registry.statements.count - before);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    expect(counts[19]).toBe(counts[1]);
    await assign(last, 'many');
    const { data } = await ask('{ formationByName(name: "many") { formationAssignments { totalCount } } }');
    expect(data.formationByName.formationAssignments.totalCount).toBe(400);
    await unassign(last, 'many');
    expect((await ask('{ formationByName(name: "many") { formationAssignments { totalCount } } }')).data.formationByName.formationAssignments.totalCount).toBe(
      361,
    );
  });

  it('leave a pair INITIAL whose target waits to be told', async () => {
    await ask('mutation { createFormation(formation: { name: "told" }) { id } }');
    const [one, two] = [await application('told-1'), await application('told-2')];
    await ask(`mutation { addWebhook(applicationID: "${two}", in: { type: APPLICATION_TENANT_MAPPING, url: "https://hooks.example.com" }) { id } }`);
    await assign(one, 'told');
    expect((await assign(two, 'told')).data.assignFormation.status.condition).toBe('IN_PROGRESS');
    const { data } = await ask('{ formationByName(name: "told") { formationAssignments { data { source target state } } } }');
    const initial = data.formationByName.formationAssignments.data.filter(({ state }: { state: string }) => state === 'INITIAL');
    expect(initial).toEqual([{ source: one, target: two, state: 'INITIAL' }]);
  });

  it('belong to one tenant: another sees none of them, and scenarios of a parent do not show on a shared object', async () => {
    expect((await ask('{ formations { totalCount } }', globex)).data.formations.totalCount).toBe(0);
    await director.tenant('parent', { type: 'customer' });
    const parent = await director.tenant('parent', { type: 'customer' });
    const child = await director.tenant('child', { parents: ['parent'] });
    const id = (await ask('mutation { registerApplication(in: { name: "shared", labels: { applicationType: "SAP Commerce Cloud" } }) { id } }', child)).data
      .registerApplication.id as string;
    await ask('mutation { createFormation(formation: { name: "above" }) { id } }', parent);
    await ask(`mutation { assignFormation(objectID: "${id}", objectType: APPLICATION, formation: { name: "above" }) { id } }`, parent);
    const labels = async (tenant: string) => (await ask(`{ application(id: "${id}") { labels } }`, tenant)).data.application.labels;
    expect((await labels(parent)).scenarios).toEqual(['above']);
    expect(await labels(child)).not.toHaveProperty('scenarios');
    expect((await ask(`mutation { unregisterApplication(id: "${id}") { id } }`, child)).errors[0].message).toContain(
      'is part of a formation of another tenant',
    );
  });

  it.each([
    ['name: "bad!name"', 22],
    ['name: ""', 22],
    ['name: "flow"', 21],
    ['name: "x", templateName: "none"', 20],
    ['name: "x", state: "WEIRD"', 30],
  ])('are refused when wrong: %s', async (input, code) => {
    const { errors } = await ask(`mutation { createFormation(formation: { ${input} }) { id } }`);
    expect(errors[0].extensions.error_code).toBe(code);
  });

  it('are mirrored by the definition of scenarios [TestCreateScenariosLabel] [TestUpdateScenariosLabelDefinitionValue]', async () => {
    const tenant = await director.tenant('defining');
    const define = (verb: string, names: readonly string[]) =>
      director.call({ tenant }, `mutation ($schema: JSONSchema) { ${verb}LabelDefinition(in: { key: "scenarios", schema: $schema }) { key schema } }`, {
        schema: JSON.stringify({ type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', enum: names } }),
      });
    expect((await ask('{ labelDefinition(key: "scenarios") { key } }', tenant)).data.labelDefinition).toBeNull();
    expect((await define('update', ['a'])).errors[0].message).toBe('Object not found [object=labelDefinition]');
    const { data } = await define('create', ['one', 'two']);
    expect(data.createLabelDefinition.schema).toBe(
      '{"items":{"enum":["one","two"],"maxLength":128,"pattern":"^[A-Za-z0-9]([-_A-Za-z0-9\\\\s]*[A-Za-z0-9])$","type":"string"},"minItems":1,"type":"array","uniqueItems":true}',
    );
    expect((await define('create', ['x'])).errors[0].message).toBe('Object is not unique [object=labelDefinition]');
    await define('update', ['two', 'three']);
    expect((await ask('{ formations { data { name } } }', tenant)).data.formations.data).toEqual([{ name: 'two' }, { name: 'three' }]);
    const blank = await director.call({ tenant }, 'mutation { createLabelDefinition(in: { key: "", schema: "{}" }) { key } }');
    expect(blank.errors[0].message).toContain('key=cannot be blank');
    const bad = await director.call({ tenant }, 'mutation { createLabelDefinition(in: { key: "scenarios", schema: "{}" }) { key } }');
    expect(bad.errors[0].message).toContain('rule.validSchema=');
  });

  it('leave no member behind when an assignment fails half-way', async () => {
    await ask('mutation { createFormation(formation: { name: "half" }) { id } }');
    const app = await application('half');
    await behindTheScenes(director, `alter table assignment_operation add constraint broken check (false) not valid`);
    expect((await assign(app, 'half')).errors[0].extensions.error_code).toBe(30);
    await behindTheScenes(director, 'alter table assignment_operation drop constraint broken');
    expect((await ask('{ formationByName(name: "half") { formationAssignments { totalCount } } }')).data.formationByName.formationAssignments.totalCount).toBe(
      0,
    );
    expect((await assign(app, 'half')).errors).toBeUndefined();
  });
});
