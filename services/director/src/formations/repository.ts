import { DomainError } from '@binnacle/errors/domain-error';
import { ConstraintViolation } from '@binnacle/registry/registry-error';
import { DEFAULT_FORMATION_TEMPLATE } from '@binnacle/registry/tables';
import type { TenantWork } from '@binnacle/registry/work';

/** A formation with what its rules need. */
export interface FormationRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly template: string;
  readonly applicationTypes: readonly string[];
  readonly runtimeTypes: readonly string[] | null;
  readonly isEmpty: boolean;
}

export type MemberKind = 1 | 2;

export const formationsOf = (work: TenantWork) => ({
  /**
   * Makes a formation of a template (the default one when none is named): one statement.
   * @throws DomainError NotUnique when the tenant has one of this name; NotFound for an unknown template
   */
  async add(formation: { readonly id: string; readonly name: string; readonly template: string | undefined; readonly isDraft: boolean }): Promise<void> {
    const rows = await work
      .query('formations.add', ADD, [formation.id, formation.name, formation.template ?? DEFAULT_FORMATION_TEMPLATE, formation.isDraft])
      .catch((error: unknown) => {
        if (error instanceof ConstraintViolation && error.constraint === 'formation_name_taken')
          throw new DomainError('NotUnique', { object: 'formations' }, { cause: error });
        throw error;
      });
    if (rows.length === 0) throw new DomainError('NotFound', { object: 'formationTemplate' });
  },

  /** Makes formations of the default template in the order of their names: one statement. */
  async addAll(formations: readonly { readonly id: string; readonly name: string }[]): Promise<void> {
    await work
      .query('formations.addAll', ADD_ALL, [formations.map(({ id }) => id), formations.map(({ name }) => name), DEFAULT_FORMATION_TEMPLATE])
      .catch((error: unknown) => {
        if (error instanceof ConstraintViolation && error.constraint === 'formation_name_taken')
          throw new DomainError('NotUnique', { object: 'formations' }, { cause: error });
        throw error;
      });
  },

  /** Locks the formation, so that changes of its members come one after the other. @throws DomainError NotFound */
  async lock(name: string): Promise<FormationRow> {
    const [row] = await work.query<{
      id: string;
      name: string;
      state: string;
      template: string;
      application_types: string[];
      runtime_types: string[] | null;
      is_empty: boolean;
    }>('formations.lock', LOCK, [name]);
    if (!row) throw new DomainError('NotFound', { object: 'formations' });
    return {
      id: row.id,
      name: row.name,
      state: row.state,
      template: row.template,
      applicationTypes: row.application_types,
      runtimeTypes: row.runtime_types,
      isEmpty: row.is_empty,
    };
  },

  /** What an object says of its kind; undefined when the tenant does not see it. */
  async candidate(kind: MemberKind, id: string): Promise<{ readonly type: string | null; readonly status: string } | undefined> {
    const [row] = await work.query<{ type: string | null; status: string }>(`formations.candidate${kind}`, kind === 1 ? APPLICATION : RUNTIME, [id]);
    return row;
  },

  /** Makes the object a member, with a pair for each direction to every other member and one with itself: one statement; nothing when it is one already. */
  async assign(formation: FormationRow, kind: MemberKind, id: string): Promise<void> {
    await work.query('formations.assign', ASSIGN, [formation.id, kind, id, formation.state === 'READY']);
  },

  /** Takes out an object that was put in by hand: one statement. */
  async unassign(formationId: string, id: string): Promise<void> {
    await work.query('formations.unassign', UNASSIGN, [formationId, id]);
  },

  async remove(id: string): Promise<void> {
    await work.query('formations.remove', 'delete from formation where id = $2 and tenant_id = $1', [id]);
  },

  /** Names of the tenant's formations and which of them have members; undefined before the first formation ever. */
  async definition(): Promise<ReadonlyMap<string, { readonly id: string; readonly isEmpty: boolean }> | undefined> {
    const rows = await work.query<{ defined: boolean; id: string | null; name: string | null; is_empty: boolean }>('formations.definition', DEFINITION);
    if (!rows[0]?.defined) return undefined;
    return new Map(rows.flatMap(({ id, name, is_empty }) => (id !== null && name !== null ? [[name, { id, isEmpty: is_empty }] as const] : [])));
  },

  async removeAll(ids: readonly string[]): Promise<void> {
    await work.query('formations.removeAll', 'delete from formation where id = any($2::uuid[]) and tenant_id = $1', [ids]);
  },
});

/** A formation of a template with a lifecycle webhook waits for it. */
const INITIAL_STATE = `case when exists (select from webhook where webhook.formation_template_id = t.id and webhook.type = 'FORMATION_LIFECYCLE') then 'INITIAL' else 'READY' end`;

const ADD = `/* formations.add */ with template as (select t.id, ${INITIAL_STATE} as state from formation_template t where t.name = $4 and (t.tenant_id = $1 or t.tenant_id is null) order by t.tenant_id nulls last limit 1),
  defined as (update tenant set has_scenarios_definition = true where id = $1 and not has_scenarios_definition and exists (select from template))
insert into formation (id, tenant_id, name, template_id, state, last_state_change)
select $2, $1, $3, template.id, case when $5 then 'DRAFT' else template.state end, now() from template returning id`;

const ADD_ALL = `/* formations.addAll */ with defined as (update tenant set has_scenarios_definition = true where id = $1)
insert into formation (id, tenant_id, name, template_id, state, last_state_change)
select given.id, $1, given.name, t.id, 'READY', now() from unnest($2::uuid[], $3::text[]) as given(id, name), formation_template t where t.name = $4 and t.tenant_id is null`;

const LOCK = `select f.id, f.name, f.state, t.name as template, t.application_types, t.runtime_types, not exists (select from formation_member fm where fm.formation_id = f.id) as is_empty
  from formation f join formation_template t on t.id = f.template_id where f.tenant_id = $1 and f.name = $2 for update of f`;

const APPLICATION = `select labels ->> 'applicationType' as type, status from application where id = $2 and readers @> array[$1::uuid]`;
const RUNTIME = `select labels ->> 'runtimeType' as type, status from runtime where id = $2 and readers @> array[$1::uuid]`;

/**
 * Whoever is told of a pair is its target, by a webhook of its own or of its template; until that is delivered the pair is INITIAL.
 * Webhooks whose templates are left empty tell nobody.
 */
const ASSIGN = `/* formations.assign */
with mine as (select id from formation where id = $2 and tenant_id = $1),
  other as (select distinct fm.kind, fm.object_id from formation_member fm join mine on mine.id = fm.formation_id where fm.object_id <> $4),
  new_member as (insert into formation_member (formation_id, kind, object_id, source) select mine.id, $3::smallint, $4::uuid, 'manual' from mine
    where not exists (select from formation_member fm where fm.formation_id = mine.id and fm.object_id = $4) on conflict do nothing returning object_id),
  participant as (select * from other union all select $3::smallint, $4::uuid),
  told as (select p.object_id, w.type from participant p join webhook w on w.application_id = p.object_id or w.runtime_id = p.object_id where coalesce(w.url_template, '') <> '''{}'''
    union select a.id, w.type from participant p join application a on p.kind = 1 and a.id = p.object_id join webhook w on w.application_template_id = a.template_id),
  pair as (select s.kind as source_kind, s.object_id as source_id, t.kind as target_kind, t.object_id as target_id from participant s join participant t on s.object_id = $4 or t.object_id = $4),
  new_assignment as (insert into formation_assignment (id, formation_id, source_kind, source_id, target_kind, target_id, state, last_state_change)
    select new_uuid_v7(), mine.id, pair.source_kind, pair.source_id, pair.target_kind, pair.target_id,
      case when $5 and (pair.source_id = pair.target_id or not exists (select from told where told.object_id = pair.target_id
        and told.type = case when pair.source_kind = 1 and pair.target_kind = 1 then 'APPLICATION_TENANT_MAPPING' else 'CONFIGURATION_CHANGED' end)) then 'READY' else 'INITIAL' end, now()
    from pair, mine where exists (select from new_member) on conflict on constraint formation_assignment_pair do nothing returning id, formation_id, state)
insert into assignment_operation (id, assignment_id, formation_id, type, triggered_by, started_at, finished_at)
select new_uuid_v7(), id, formation_id, 'ASSIGN', 'ASSIGN_OBJECT', now(), case when state = 'READY' then now() end from new_assignment`;

/** Members that an automatic assignment put in stay. Pairs go with the member: nobody has been told of them. */
const UNASSIGN = `/* formations.unassign */
with mine as (select id from formation where id = $2 and tenant_id = $1),
  gone as (delete from formation_member fm using mine where fm.formation_id = mine.id and fm.object_id = $3 and fm.source = 'manual'
    and not exists (select from formation_member auto where auto.formation_id = mine.id and auto.object_id = $3 and auto.source = 'automatic') returning fm.object_id)
delete from formation_assignment fa using gone, mine where fa.formation_id = mine.id and (fa.source_id = gone.object_id or fa.target_id = gone.object_id)`;

const DEFINITION = `select tenant.has_scenarios_definition as defined, f.id, f.name, not exists (select from formation_member fm where fm.formation_id = f.id) as is_empty
  from tenant left join formation f on f.tenant_id = tenant.id where tenant.id = $1 order by f.id`;
