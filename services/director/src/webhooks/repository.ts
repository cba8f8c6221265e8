import { DomainError } from '@binnacle/errors/domain-error';
import { ConstraintViolation } from '@binnacle/registry/registry-error';
import { OWNER_KIND } from '@binnacle/registry/tables';
import type { TenantWork } from '@binnacle/registry/work';
import { type Content } from '../bundles/content.ts';
import { contentParameter, contentSql } from '../bundles/content-sql.ts';
import { judgeOwner } from '../require-owner.ts';

export type WebhookOwner = 'application' | 'runtime';

const KIND_NAMES: Readonly<Record<number, string>> = { [OWNER_KIND.application]: 'app', [OWNER_KIND.runtime]: 'runtime' };

export const webhooksOf = (work: TenantWork) => ({
  /** @throws DomainError NotUnique when the owner has one of this type */
  async add(owner: WebhookOwner, ownerId: string, content: Content): Promise<void> {
    const kind = OWNER_KIND[owner];
    await work
      .query(
        `webhooks.add.${owner}`,
        `with own as (select $1::uuid), ${contentSql('$3::jsonb', { kind: String(kind), id: '$2::uuid' })} select true from own`,
        [ownerId, contentParameter(content)],
      )
      .catch((error: unknown) => {
        throw meaningOf(error, kind);
      });
  },

  /** Replaces a webhook; its id and owner stay. */
  async replace(
    id: string,
    owner: { readonly kind: number; readonly id: string; readonly authId: string | null },
    row: object,
    secret: object | undefined,
  ): Promise<void> {
    await work
      .query('webhooks.replace', REPLACE, [id, owner.kind, owner.id, JSON.stringify(row), secret ? JSON.stringify(secret) : null, owner.authId])
      .catch((error: unknown) => {
        throw meaningOf(error, owner.kind);
      });
  },

  /** @throws DomainError NotFound when the tenant does not see the owner; Unauthorized when it only sees it */
  async requireOwned(id: string): Promise<{ readonly kind: number; readonly id: string; readonly authId: string | null }> {
    const [row] = await work.query<{ owner_kind: number; owner_id: string; auth_id: string | null; owner: boolean | null }>('webhooks.owner', OWNER, [id]);
    judgeOwner(row?.owner, 'webhook');
    return { kind: row?.owner_kind ?? 0, id: row?.owner_id ?? '', authId: row?.auth_id ?? null };
  },

  async remove(id: string, authId: string | null): Promise<void> {
    await work.query(
      'webhooks.remove',
      `with gone as (delete from webhook where id = $2 and exists (select from access x where x.tenant_id = $1 and x.resource_id = webhook.owner_id and x.owner)) delete from secret where id = $3::uuid`,
      [id, authId],
    );
  },
});

function meaningOf(error: unknown, kind: number): unknown {
  if (error instanceof ConstraintViolation && error.constraint === 'webhook_type_taken')
    return new DomainError('NotUnique', { object: `${KIND_NAMES[kind] ?? ''}Webhook` }, { cause: error });
  return error;
}

/** Only owners with access rows are a tenant's; the same answer for a webhook of anything else as for none. */
const OWNER = `select w.owner_kind, w.owner_id, w.auth_id, (select bool_or(x.owner) from access x where x.tenant_id = $1 and x.kind = w.owner_kind and x.resource_id = w.owner_id) as owner
  from webhook w where w.id = $2 and w.owner_kind in (1, 2)`;

const REPLACE = `/* webhooks.replace */ with own as (select $1::uuid),
  sealed as (insert into secret (id, kind, root_kind, root_id, key_id, ciphertext)
    select r.id, r.kind, $3::smallint, $4::uuid, r.key_id, decode(r.ciphertext, 'base64') from jsonb_to_record($6::jsonb) as r(id uuid, kind text, key_id text, ciphertext text) where $6::jsonb is not null returning id),
  changed as (update webhook w set type = r.type, mode = r.mode, url = r.url, version = r.version, correlation_id_key = r.correlation_id_key, retry_interval = r.retry_interval, timeout = r.timeout,
    url_template = r.url_template, input_template = r.input_template, header_template = r.header_template, output_template = r.output_template, status_template = r.status_template, auth_id = (select id from sealed)
    from jsonb_to_record($5::jsonb) as r(type text, mode text, url text, version text, correlation_id_key text, retry_interval integer, timeout integer,
      url_template text, input_template text, header_template text, output_template text, status_template text) where w.id = $2)
delete from secret where id = $7::uuid`;
