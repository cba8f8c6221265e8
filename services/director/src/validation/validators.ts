import { auth } from '../auths/auth-rules.ts';
import { certificateSubjectMapping } from '../certificate-subject-mappings/rules.ts';
import { apiDefinition, bundleFields, document, eventDefinition } from '../definitions/definition-rules.ts';
import { keyFault, labels } from '../labels/label-rules.ts';
import { scenarioSchemaFault } from '../labels/scenario-schema.ts';
import { webhookFaults } from '../webhooks/webhook-rules.ts';
import { dnsName, each, faultsOf, length, matches, nested, refuse, required, type Rules, urlWithScheme } from './rules.ts';

type Input = Readonly<Record<string, unknown>>;

const bundle: Rules = {
  ...bundleFields,
  defaultInstanceAuth: [nested(auth)],
  apiDefinitions: [each(apiDefinition)],
  eventDefinitions: [each(eventDefinition)],
  documents: [each(document)],
};

/** Within a registration versions are taken as they are: clients of the older API number theirs v1, v2. */
const anyVersion: Rules = { version: [nested({ value: [required, length(0, 256)], deprecatedSince: [length(0, 256)] })] };

const bundleOfRegistration: Rules = {
  ...bundle,
  apiDefinitions: [each({ ...apiDefinition, ...anyVersion })],
  eventDefinitions: [each({ ...eventDefinition, ...anyVersion })],
};

const applicationFields: Rules = {
  providerName: [length(0, 256)],
  description: [length(0, 2000)],
  healthCheckURL: [length(0, 256), urlWithScheme],
  baseUrl: [length(0, 256)],
  applicationNamespace: [length(1, 256)],
  localTenantID: [length(0, 256)],
};

const runtimeFields: Rules = {
  name: [required, length(1, 256), matches(/^[a-zA-Z0-9\-._]+$/)],
  description: [length(0, 2000)],
  applicationNamespace: [length(1, 256)],
  labels: [labels],
};

/** Rules by input type. */
const RULES: Readonly<Record<string, Rules>> = {
  ApplicationRegisterInput: {
    ...applicationFields,
    name: [required, length(1, 100)],
    labels: [labels],
    webhooks: [each(webhookFaults)],
    bundles: [each(bundleOfRegistration)],
  },
  ApplicationUpdateInput: applicationFields,
  RuntimeRegisterInput: { ...runtimeFields, webhooks: [each(webhookFaults)] },
  RuntimeUpdateInput: runtimeFields,
  BundleCreateInput: bundle,
  BundleUpdateInput: { ...bundleFields, defaultInstanceAuth: [nested(auth)] },
  APIDefinitionInput: apiDefinition,
  EventDefinitionInput: eventDefinition,
  DocumentInput: document,
  IntegrationSystemInput: { name: [required, dnsName], description: [length(0, 2000)] },
  CertificateSubjectMappingInput: certificateSubjectMapping,
  LabelDefinitionInput: { key: [required, (value) => keyFault(String(value))] },
  // Of operations of a later version; refused here already, since clients read these texts first.
  ApplicationTemplateInput: { name: [required, length(1, 100)] },
  ApplicationTemplateUpdateInput: { name: [required, length(1, 100)] },
  ApplicationFromTemplateInput: { templateName: [required] },
  BundleInstanceAuthSetInput: {},
};

const CHECKS: Readonly<Record<string, (input: Input) => void>> = {
  WebhookInput: (input) => refuse('WebhookInput', webhookFaults(input)),
  LabelDefinitionInput: (input) => {
    refuse('LabelDefinitionInput', faultsOf(input, RULES['LabelDefinitionInput'] ?? {}));
    refuse('LabelDefinitionInput', scenarioSchemaFault(input));
  },
  BundleInstanceAuthSetInput: (input) => {
    if (!input['auth'] && !input['status']) refuse('BundleInstanceAuthSetInput', { reason: 'at least one field (Auth or Status) has to be provided' });
  },
};

/** By input type: throws DomainError InvalidData when a value breaks its rules. */
export const validators: Readonly<Record<string, (input: Input) => void>> = {
  ...Object.fromEntries(Object.entries(RULES).map(([type, rules]) => [type, (input: Input) => refuse(type, faultsOf(input, rules))])),
  ...CHECKS,
};
