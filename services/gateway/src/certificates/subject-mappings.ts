import { CONSUMER_TYPES, type ConsumerType } from '@binnacle/internal-token/caller';
import { log } from '@binnacle/log/log';
import { type DistinguishedName, NameError, onlyValueOf, parseDistinguishedName, valuesOf } from '@binnacle/pki/distinguished-name';
import type { Registry } from '@binnacle/registry/registry';
import { z } from 'zod';

/** What holders of certificates with one subject are. */
export interface SubjectMapping {
  readonly consumerType: ConsumerType;
  /** Undefined: whom the subject itself names. */
  readonly internalConsumerId: string | undefined;
  /** Types of tenants that they may work in; `global`: also in none. */
  readonly levels: readonly string[];
}

export interface SubjectMappings {
  find(subject: DistinguishedName): SubjectMapping | undefined;
  stop(): void;
}

const POLL_MS = 3_000;
const COMPARED = ['CN', 'OU', 'O', 'L', 'C'] as const;
const KNOWN = new Set<string>([...COMPARED, 'ST']);

/**
 * What of a subject is compared, as one text: common name, organization, locality and country, of which there is one each, and the units in
 * any order. Undefined for a subject with anything else in it, the state aside.
 */
export function subjectKey(subject: DistinguishedName): string | undefined {
  if (subject.flat().some((attribute) => !KNOWN.has(attribute.type) || !('value' in attribute))) return undefined;
  const single = (['CN', 'O', 'L', 'C'] as const).map((type) => onlyValueOf(subject, type)?.trim());
  if (single.some((value) => value === undefined || value === '')) return undefined;
  const units = valuesOf(subject, 'OU').map((value) => value.trim());
  return JSON.stringify([...single, ...units.sort()]);
}

/** Subjects as operators write them: `CN=a, OU=b, …`, a comma in a value as `\,`. */
function keyOfText(text: string): string | undefined {
  try {
    return subjectKey(parseDistinguishedName(text));
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

const fileEntry = z.object({
  subject: z.string(),
  consumer_type: z.enum(CONSUMER_TYPES),
  internal_consumer_id: z.string().optional(),
  tenant_access_levels: z.array(z.string()).default([]),
});

/** Mappings of the configuration: a JSON list, as installations have them. @throws Error for anything else */
export function parseSubjectMappings(json: string): ReadonlyMap<string, SubjectMapping> {
  return new Map(
    z
      .array(fileEntry)
      .parse(JSON.parse(json))
      .map((entry) => {
        const key = keyOfText(entry.subject);
        if (key === undefined) throw new Error(`"${entry.subject}" must have one CN, O, L and C each, and no other parts than OU and ST beside them`);
        return [key, { consumerType: entry.consumer_type, internalConsumerId: entry.internal_consumer_id || undefined, levels: entry.tenant_access_levels }];
      }),
  );
}

/** Follows the mappings of the Director, in memory: at each notification, and every three seconds in case one got lost. Those of the configuration come first. */
export async function followSubjectMappings(
  registry: Pick<Registry, 'read' | 'listen'>,
  configured: ReadonlyMap<string, SubjectMapping>,
  pollMs = POLL_MS,
): Promise<SubjectMappings> {
  let known: ReadonlyMap<string, SubjectMapping> = configured;
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const rows = await registry.read({ name: 'gateway.subjectMappings', text: MAPPINGS, values: [] }, 'global');
    known = new Map([...rows.flatMap(entryFrom), ...configured]);
  };
  const refresh = (): Promise<void> => (running ??= look().finally(() => (running = undefined)));
  const inBackground = (): void => void refresh().catch((error: unknown) => log().warn({ err: error }, 'subject mappings could not be read again'));
  await refresh();
  const stopListening = registry.listen('cert_subject_mapping_changed', inBackground);
  const timer = setInterval(inBackground, pollMs);
  timer.unref();
  return {
    find(subject) {
      const key = subjectKey(subject);
      return key === undefined ? undefined : known.get(key);
    },
    stop() {
      clearInterval(timer);
      stopListening();
    },
  };
}

function entryFrom([subject, type, internalId, levels]: readonly unknown[]): [string, SubjectMapping][] {
  const key = keyOfText(String(subject));
  const consumerType = CONSUMER_TYPES.find((known) => known === type);
  if (key === undefined || consumerType === undefined) return [];
  return [[key, { consumerType, internalConsumerId: internalId ? String(internalId) : undefined, levels: levels as string[] }]]; // text[] of the table
}

const MAPPINGS = `/* gateway.subjectMappings */ select subject, consumer_type, internal_id, levels from cert_subject_mapping`;
