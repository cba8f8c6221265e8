import type { TypeDeclaration } from '@binnacle/read-compiler/declaration';
import { column, timestamp } from '../execution/fields.ts';

export const webhookTypes: readonly TypeDeclaration[] = [
  {
    name: 'Webhook',
    // Owned by one of several kinds of objects; mutations read what they have just found to be the caller's.
    table: { name: 'webhook', key: 'id', tenancy: { kind: 'global' } },
    fields: {
      id: column('id'),
      applicationID: column('application_id'),
      applicationTemplateID: column('application_template_id'),
      runtimeID: column('runtime_id'),
      integrationSystemID: column('integration_system_id'),
      formationTemplateID: column('formation_template_id'),
      type: column('type'),
      mode: column('mode'),
      correlationIdKey: column('correlation_id_key'),
      retryInterval: column('retry_interval'),
      timeout: column('timeout'),
      url: column('url'),
      auth: { kind: 'secret', type: 'Auth', sanitize: 'webhooks.auth:read', sql: (row) => `${row}.auth_id` },
      urlTemplate: column('url_template'),
      inputTemplate: column('input_template'),
      headerTemplate: column('header_template'),
      outputTemplate: column('output_template'),
      statusTemplate: column('status_template'),
      createdAt: timestamp('created_at'),
    },
  },
];
