/** Names that begin with this and are clean are kept as they are. */
const PREFIX = 'mp-';

/** The name as runtimes and label filters see it: lower-case, letters, digits and dashes only, with the prefix. */
export function normaliseName(name: string): string {
  if (name.startsWith(PREFIX) && /^[-a-z0-9]+$/.test(name)) return name;
  const clean = name
    .toLowerCase()
    .replaceAll(/[^-a-z0-9]/g, '-')
    .replaceAll(/-+/g, '-')
    .replace(/-$/, '');
  return `${PREFIX}${clean}`;
}

type Labels = Readonly<Record<string, unknown>>;

/** Labels of a new application: the caller's, with those that are computed put over them. */
export function initialLabels(given: Labels, name: string, integrationSystemId: string | null): Labels {
  const { integrationSystemID: _, ...labels } = given;
  return { ...labels, name: normaliseName(name), managed: 'false', ...(integrationSystemId === null ? {} : { integrationSystemID: integrationSystemId }) };
}
