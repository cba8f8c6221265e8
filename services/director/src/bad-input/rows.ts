export const NOWHERE = '00000000-0000-7000-8000-00000000dead';
const oldCursor = (offset: string): string => Buffer.from(`DpKtJ4j9jDq${offset}`).toString('base64');
export const FILTERED = 'query ($f: [LabelFilter!]) { applications(filter: $f) { totalCount } }';
const DEFINE = 'mutation ($in: LabelDefinitionInput!) { createLabelDefinition(in: $in) { key } }';
const scenarios = (items: object): string => JSON.stringify({ type: 'array', minItems: 1, uniqueItems: true, items });

/** What is asked (APP, BUNDLE, API, RUNTIME stand for ids), with what, and the number and text of the refusal. */
type Row = readonly [name: string, document: string, variables: object | undefined, code: number, text: string];

const pageSizes = (document: (first: number) => string, text: string): readonly Row[] =>
  [0, -1, 201, 2_147_483_647].map((first): Row => [`D3 first: ${first}`, document(first), undefined, 22, text]);
const filters: readonly (readonly [string, string])[] = [
  ['k', '{'],
  ['k', ''],
  ['k', '$.a.b'],
  ['k', '$[*] ? (@ like_regex "a")'],
  ['k', '$[*] ? (@ == "a\\"b")'],
  ['k', `$[*] ? (@ == "${'a '.repeat(30_000)}!`],
  ['k', `"${'a'.repeat(1_000_000)}"`],
  ['k', '['.repeat(5_000) + ']'.repeat(5_000)],
  ['k', '"\\u0000"'],
  ['k', '"\\ud800"'],
  ['k', '{"\\ud800":1}'],
  ['k', '1e400'],
  ['scenarios', 'x'],
];

export const ROWS: readonly Row[] = [
  [
    'D1 a blank name',
    'mutation { registerApplication(in: { name: "" }) { id } }',
    undefined,
    22,
    'Invalid data ApplicationRegisterInput [name=cannot be blank]',
  ],
  [
    'D1 a wrong pattern',
    'mutation { registerRuntime(in: { name: "a b" }) { id } }',
    undefined,
    22,
    'Invalid data RuntimeRegisterInput [name=must be in a valid format]',
  ],
  [
    'D1 several at once',
    'mutation { updateAPIDefinition(id: "API", in: { name: "", targetURL: "x y" }) { id } }',
    undefined,
    22,
    'Invalid data APIDefinitionInput [name=cannot be blank; targetURL=must be a valid URL]',
  ],
  [
    'D1 a format of another type',
    'mutation { updateAPIDefinition(id: "API", in: { name: "a", targetURL: "https://a.example.com", spec: { type: OPEN_API, format: XML, data: "x" } }) { id } }',
    undefined,
    22,
    'format XML is not a valid spec format',
  ],
  [
    'D1 a long local id',
    'mutation ($x: String) { registerApplication(in: { name: "x", localTenantID: $x }) { id } }',
    { x: 'x'.repeat(10_000) },
    22,
    'localTenantID=the length must be no more than 256',
  ],
  [
    'D1 a long tenant name',
    'mutation ($x: String!) { writeTenant(in: { name: $x, externalTenant: "x", type: "account", provider: "p" }) }',
    { x: 'x'.repeat(300) },
    22,
    'name=the length must be no more than 255',
  ],
  [
    'D1 an unknown type of tenant',
    'mutation { writeTenant(in: { name: "a", externalTenant: "b", type: "x", provider: "p" }) }',
    undefined,
    22,
    'type=must be one of',
  ],
  [
    'D1 a name that no formation may have',
    'mutation { createFormation(formation: { name: "bad name!" }) { id } }',
    undefined,
    22,
    'Invalid data FormationInput [name=must be in a valid format]',
  ],
  [
    'D1 a state that cannot be asked for',
    'mutation { createFormation(formation: { name: "ok", state: "READY" }) { id } }',
    undefined,
    30,
    'Inconsistent or out-of-range data [object=formations]',
  ],
  ['D2 a taken name', 'mutation { registerApplication(in: { name: "Shop" }) { id } }', undefined, 31, 'Object name is not unique [object=application]'],
  ['D2 a taken formation', 'mutation { createFormation(formation: { name: "taken" }) { id } }', undefined, 21, 'Object is not unique [object=formations]'],
  [
    'D2 a taken external id',
    'mutation { updateTenant(id: "TENANT", in: { name: "a", externalTenant: "globex", type: "account", provider: "p" }) { id } }',
    undefined,
    21,
    'Object is not unique [object=tenant]',
  ],
  [
    'D2 a webhook of the same type',
    'mutation { addWebhook(applicationID: "APP", in: { type: CONFIGURATION_CHANGED, url: "https://a.example.com" }) { id } }',
    undefined,
    21,
    'Object is not unique [object=appWebhook]',
  ],
  ...pageSizes((first) => `{ applications(first: ${first}) { totalCount } }`, 'Invalid data [reason=page size must be between 1 and 200]'),
  ...pageSizes((first) => `{ applications { data { bundles(first: ${first}) { totalCount } } } }`, 'Invalid data [reason=page size must be between 1 and 200]'),
  ...pageSizes((first) => `{ healthChecks(first: ${first}) { totalCount } }`, 'Invalid data [reason=page size must be between 1 and 200]'),
  ['D3 tenants', '{ tenants(first: 0) { totalCount } }', undefined, 22, 'page size must be 1 or more'],
  ...['!!!', 'AAAA', 'A'.repeat(100_000), ...['-1', '3000000000', '1e5', '', ' 1'].map(oldCursor)].flatMap((cursor): Row[] =>
    ['applications', 'tenants', 'healthChecks'].map(
      (list): Row => [
        `D4 ${list} after ${cursor.slice(0, 16)}`,
        `query ($c: PageCursor) { ${list}(after: $c) { totalCount } }`,
        { c: cursor },
        22,
        'Invalid data [reason=cursor is not correct]',
      ],
    ),
  ),
  ...filters
    .flatMap(([key, text]): Row[] =>
      ['applications', 'runtimes', 'formationTemplates'].map(
        (list): Row => [
          `D5 ${list} with ${text.slice(0, 30)}`,
          FILTERED.replace('applications', list),
          { f: [{ key, query: text }] },
          22,
          'neither JSON nor of the form',
        ],
      ),
    )
    .filter(([name]) => !name.includes('1e400')),
  [
    'D5 too many entries',
    FILTERED,
    { f: Array.from({ length: 500 }, (_, n) => ({ key: `k${n}`, query: '"x"' })) },
    22,
    'filter=must have no more than 20 items',
  ],
  ['D6 no schema', DEFINE, { in: { key: 'scenarios' } }, 22, 'schema=cannot be blank'],
  ['D6 another key', DEFINE, { in: { key: 'other', schema: '{}' } }, 22, 'key=must be scenarios'],
  ...[
    '1',
    '{"$ref":"#"}',
    '['.repeat(9_000) + ']'.repeat(9_000),
    scenarios({ type: 'string', pattern: '(a+)+$', enum: [`${'a'.repeat(40)}!`] }),
    scenarios({ type: 'string', enum: [`a${'-'.repeat(126)}!`] }),
    scenarios({ type: 'string', enum: ['a'.repeat(129)] }),
    scenarios({ type: 'string', enum: ['a', 'a'] }),
  ].map((schema): Row => [`D6 ${schema.slice(0, 60)}`, DEFINE, { in: { key: 'scenarios', schema } }, 22, 'rule.validSchema=']),
  ...['', 0, false, [], {}].map(
    (v): Row => [
      `D7 the empty value ${JSON.stringify(v)}`,
      'mutation ($v: Any!) { setApplicationLabel(applicationID: "APP", key: "k", value: $v) { key } }',
      { v },
      22,
      'value=cannot be blank',
    ],
  ),
  [
    'D7 a large value',
    'mutation ($v: Any!) { setApplicationLabel(applicationID: "APP", key: "k", value: $v) { key } }',
    { v: 'x'.repeat(300_000) },
    22,
    'value=must be no larger than 262144 bytes',
  ],
  ['D7 a wrong key', 'mutation { setRuntimeLabel(runtimeID: "RUNTIME", key: "a b", value: 1) { key } }', undefined, 22, 'key=must be in a valid format'],
  [
    'D7 a long key',
    'mutation ($k: String!) { setRuntimeLabel(runtimeID: "RUNTIME", key: $k, value: 1) { key } }',
    { k: 'k'.repeat(257) },
    22,
    'key=the length must be no more than 256',
  ],
  [
    'D7 scenarios',
    'mutation { setApplicationLabel(applicationID: "APP", key: "scenarios", value: ["a"]) { key } }',
    undefined,
    22,
    'label with key scenarios cannot be set explicitly',
  ],
  [
    'D7 a label that cannot be changed',
    'mutation { setRuntimeLabel(runtimeID: "RUNTIME", key: "runtimeType", value: "x") { key } }',
    undefined,
    22,
    'could not set unmodifiable label with key runtimeType',
  ],
  [
    'D8 an unknown parent',
    'mutation { writeTenant(in: { name: "a", externalTenant: "b", type: "account", provider: "p", parents: ["nobody"] }) }',
    undefined,
    20,
    'Object not found [ID=nobody; object=tenant]',
  ],
  [
    'D8 an unknown integration system',
    `mutation { registerApplication(in: { name: "x", integrationSystemID: "${NOWHERE}" }) { id } }`,
    undefined,
    20,
    `Object not found [ID=${NOWHERE}; object=integrationSystem]`,
  ],
  [
    'D8 an unknown template',
    'mutation { createFormation(formation: { name: "x", templateName: "nothing" }) { id } }',
    undefined,
    20,
    'object=formationTemplate',
  ],
  [
    'D8 an unknown subaccount',
    'mutation { registerRuntime(in: { name: "x", labels: { global_subaccount_id: "nobody" } }) { id } }',
    undefined,
    20,
    'object=tenant',
  ],
  [
    'D8 a subaccount of somebody else',
    'mutation { registerRuntime(in: { name: "x", labels: { global_subaccount_id: "globex" } }) { id } }',
    undefined,
    27,
    'not a child',
  ],
  ...[NOWHERE, 'no id', '', `'; drop table application; --`].flatMap((id): Row[] =>
    [
      'updateApplication(id: $id, in: {}) { id }',
      'unregisterRuntime(id: $id) { id }',
      'addBundle(applicationID: $id, in: { name: "a" }) { id }',
      'deleteBundle(id: $id) { id }',
      'addAPIDefinitionToBundle(bundleID: $id, in: { name: "a", targetURL: "https://a.example.com" }) { id }',
      'deleteEventDefinition(id: $id) { id }',
      'deleteDocument(id: $id) { id }',
      'deleteWebhook(webhookID: $id) { id }',
      'assignFormation(objectID: $id, objectType: RUNTIME, formation: { name: "taken" }) { id }',
      'updateTenant(id: $id, in: { name: "x", externalTenant: "x", type: "account", provider: "p" }) { id }',
    ].map(
      (field): Row => [
        `D8 ${field.split('(')[0]} of "${id}"`,
        `mutation ($id: ID!) { ${field} }`,
        { id },
        id === NOWHERE ? 20 : 22,
        id === NOWHERE ? 'Object not found' : 'must be a UUID',
      ],
    ),
  ),
  ['D9 a formation with members', 'mutation { deleteFormation(formation: { name: "taken" }) { id } }', undefined, 27, 'because it is not empty'],
  [
    'D9 an application in a formation',
    'mutation { unregisterApplication(id: "APP") { id } }',
    undefined,
    27,
    'System Shop is part of the following formations : taken',
  ],
  [
    'D9 a scenario in use',
    'mutation ($in: LabelDefinitionInput!) { updateLabelDefinition(in: $in) { key } }',
    { in: { key: 'scenarios', schema: scenarios({ type: 'string', enum: ['other'] }) } },
    27,
    'because it is not empty',
  ],
  [
    'D9 a tenant below itself',
    'mutation { writeTenants(in: [{ name: "a", externalTenant: "c1", type: "account", provider: "p", parents: ["c2"] }, { name: "a", externalTenant: "c2", type: "account", provider: "p", parents: ["c1"] }]) }',
    undefined,
    27,
    'a tenant cannot be below itself',
  ],
  [
    'D12 long lists',
    'mutation ($b: [BundleCreateInput!]) { registerApplication(in: { name: "x", bundles: $b }) { id } }',
    { b: Array.from({ length: 1_001 }, (_, n) => ({ name: `n${n}` })) },
    22,
    'bundles=must have no more than 1000 items',
  ],
  [
    'D16 a template that is not closed',
    'mutation { addWebhook(applicationID: "APP", in: { type: APPLICATION_TENANT_MAPPING, url: "https://a.example.com", inputTemplate: "{{ .a " }) { id } }',
    undefined,
    22,
    'inputTemplate=failed to parse template',
  ],
  [
    'D16 a header of two lines',
    'mutation ($h: HttpHeadersSerialized) { addWebhook(applicationID: "APP", in: { type: APPLICATION_TENANT_MAPPING, url: "https://a.example.com", auth: { additionalHeadersSerialized: $h } }) { id } }',
    { h: '{"a":["b\\r\\nX: y"]}' },
    22,
    'additionalHeadersSerialized',
  ],
  [
    'D16 an address of two lines',
    'mutation { addWebhook(applicationID: "APP", in: { type: APPLICATION_TENANT_MAPPING, url: "https://a.example.com/\\r\\nX: y" }) { id } }',
    undefined,
    22,
    'url=must be a valid URL',
  ],
];
