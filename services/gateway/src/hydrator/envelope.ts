import { z } from 'zod';

/** What an edge of another kind asks about, and what it is answered: the same object with more in it. */
export interface Envelope {
  readonly subject: string;
  readonly extra: Readonly<Record<string, unknown>> | null;
  readonly header: Readonly<Record<string, readonly string[]>> | null;
}

const envelope = z.object({
  subject: z.string().default(''),
  extra: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((value) => value ?? null),
  header: z
    .record(z.string(), z.array(z.string()))
    .nullish()
    .transform((value) => value ?? null),
});

export const EMPTY_ENVELOPE: Envelope = { subject: '', extra: null, header: null };

/** @throws Error when it is no envelope */
export function parseEnvelope(body: Buffer): Envelope {
  return envelope.parse(JSON.parse(body.toString('utf8')));
}

/** As JSON, the members of `extra` and `header` sorted by their names. */
export function envelopeText({ subject, extra, header }: Envelope): string {
  return JSON.stringify({ subject, extra: extra && sorted(extra), header: header && sorted(header) });
}

const sorted = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));

export const withHeaders = (given: Envelope, headers: Readonly<Record<string, string>>): Envelope => ({
  ...given,
  header: { ...given.header, ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])) },
});
