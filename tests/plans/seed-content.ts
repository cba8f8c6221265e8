import { BIG_TENANT, type Execute } from '../support/seed-applications.ts';

/**
 * Gives every seeded application a bundle with an API, an event definition, their specs and a document, every second one a webhook; and the big
 * tenant 20,000 runtimes and 5,000 formations of eleven members. Set by set, without checks of foreign keys: they hold by how rows are made.
 */
export async function seedContent(execute: Execute): Promise<void> {
  const customer = `'00000000-0000-7000-8000-0000000c0571'::uuid`;
  await execute(`set session_replication_role = replica`);
  await execute(`insert into blob (id, body) select sha256(n::text::bytea), repeat('{"n":' || n || '}', 20) from generate_series(0, 4999) n`);
  await execute(`create temporary table seeded as select id as app, new_uuid_v7() as bundle, new_uuid_v7() as api, new_uuid_v7() as event,
    sha256((row_number() over (order by id) % 5000)::text::bytea) as data, row_number() over (order by id) as n from application`);
  await execute(`insert into bundle (id, application_id, name) select bundle, app, 'orders' from seeded`);
  await execute(`insert into api_definition (id, application_id, name, target_url) select api, app, 'api', 'https://api.example.com' from seeded`);
  await execute(`insert into event_definition (id, application_id, name) select event, app, 'event' from seeded`);
  await execute(
    `insert into bundle_reference (bundle_id, kind, definition_id) select bundle, 1, api from seeded union all select bundle, 2, event from seeded`,
  );
  await execute(`insert into spec (id, kind, definition_id, type, format, data_id) select new_uuid_v7(), 1, api, 'OPEN_API', 'JSON', data from seeded
    union all select new_uuid_v7(), 2, event, 'ASYNC_API', 'JSON', data from seeded`);
  await execute(`insert into document (id, application_id, bundle_id, title, display_name, description, format, data_id)
    select new_uuid_v7(), app, bundle, 't', 't', 'd', 'MARKDOWN', data from seeded`);
  await execute(
    `insert into webhook (id, owner_kind, owner_id, type, url) select new_uuid_v7(), 1, app, 'CONFIGURATION_CHANGED', 'https://h.example.com' from seeded where n % 2 = 0`,
  );
  await execute(`insert into runtime (id, owner_tenant, name, labels, readers)
    select ('01980000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '${BIG_TENANT}', 'runtime-' || n,
      '{"runtimeType": "kyma"}'::jsonb || case when n % 1000 = 0 then '{"rare": 1}'::jsonb else '{}' end, array['${BIG_TENANT}'::uuid, ${customer}] from generate_series(1, 20000) n`);
  await execute(`insert into access (tenant_id, kind, resource_id, owner, source_id)
    select reader, 2, id, reader = '${BIG_TENANT}', '${BIG_TENANT}' from runtime, unnest(readers) reader`);
  await execute(`insert into formation (id, tenant_id, name, template_id, state)
    select ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '${BIG_TENANT}', 'formation-' || n, (select id from formation_template limit 1), 'READY' from generate_series(1, 5000) n`);
  await execute(`create temporary table member as
    select f.id as formation, 2 as kind, ('01980000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as object from (select id, row_number() over (order by id) as n from formation) f
    union all select f.id, 1, ('01970000-1000-7000-8000-' || lpad(to_hex(n * 10 - m), 12, '0'))::uuid from (select id, row_number() over (order by id) as n from formation) f, generate_series(0, 9) m`);
  await execute(`insert into formation_member (formation_id, kind, object_id, source) select formation, kind, object, 'manual' from member`);
  await execute(`insert into formation_assignment (id, formation_id, source_kind, source_id, target_kind, target_id, state)
    select new_uuid_v7(), s.formation, s.kind, s.object, t.kind, t.object, case when s.object = t.object then 'READY' when random() < 0.02 then 'CREATE_ERROR' else 'READY' end
    from member s join member t on t.formation = s.formation and (s.kind = 2 or t.kind = 2 or s.object = t.object)`);
  await execute(
    `insert into assignment_operation (id, assignment_id, formation_id, type, triggered_by) select new_uuid_v7(), id, formation_id, 'ASSIGN', 'ASSIGN_OBJECT' from formation_assignment`,
  );
  await execute(`set session_replication_role = origin`);
  await execute('vacuum analyze');
}
