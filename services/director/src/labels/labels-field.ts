import type { ColumnField } from '@binnacle/read-compiler/declaration';
import { tenantParam } from '../execution/fields.ts';

/**
 * The labels of a row: what is stored, and `scenarios` where the object is a member of formations of the caller's tenant. With `key` an
 * object of that key alone, empty where it is absent. Null for what was just deleted.
 */
export function labelsField(options: { readonly scenarios: boolean }): ColumnField {
  return {
    kind: 'column',
    join: (row, making) =>
      options.scenarios && !making.decide((call) => call.caller['deleted'] === 'true')
        ? `left join (select fm.object_id, jsonb_agg(distinct f.name order by f.name) as names from formation_member fm
            join formation f on f.id = fm.formation_id and f.tenant_id = ${tenantParam(making)} where fm.object_id in (select ${row}.id from ${row}) group by fm.object_id) scenarios_${row}
            on scenarios_${row}.object_id = ${row}.id`
        : '',
    sql: (row, making) => {
      if (making.decide((call) => call.caller['deleted'] === 'true')) return 'null';
      const all = options.scenarios
        ? `case when scenarios_${row}.names is null then ${row}.labels else ${row}.labels || jsonb_build_object('scenarios', scenarios_${row}.names) end`
        : `${row}.labels`;
      if (making.decide((_, args) => args['key'] === undefined || args['key'] === null)) return all;
      const key = making.bind((_, args) => args['key'], 'text');
      return `case when jsonb_exists(${all}, ${key}) then jsonb_build_object(${key}, (${all}) -> ${key}) else '{}'::jsonb end`;
    },
  };
}
