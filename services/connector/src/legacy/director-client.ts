import { log } from '@binnacle/log/log';
import { LegacyRefusal } from './refusal.ts';

export interface DirectorCall {
  /** Internal id of the tenant for whom it is done. */
  readonly tenant: string;
  readonly requestId: string | undefined;
}

/** The Director, as this adapter needs it. */
export interface DirectorClient {
  /**
   * Runs a document for a tenant.
   * @throws LegacyRefusal what the Director refuses, in its words; 500 when it cannot be asked
   */
  run<T>(call: DirectorCall, query: string, variables: object): Promise<T>;
}

export interface DirectorClientOptions {
  /** GraphQL address. */
  readonly url: string;
  /** How this service shows itself there. */
  readonly headersFor: (tenant: string) => Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

interface DirectorError {
  readonly message: string;
  readonly extensions?: { readonly error?: string };
}

/** Kinds of errors that are the client's, and how they are told over HTTP. */
const STATUS_BY_KIND: Readonly<Record<string, number>> = {
  InvalidData: 400,
  InvalidOperation: 400,
  BadRequest: 400,
  EmptyData: 400,
  InconsistentData: 400,
  CannotUpdateObjectInManyBundles: 400,
  InsufficientScopes: 401,
  NotFound: 404,
  NotUnique: 409,
  NotUniqueName: 409,
  Conflict: 409,
  ConcurrentUpdate: 409,
  ConcurrentOperation: 409,
};

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export function createDirectorClient({ url, headersFor, timeoutMs }: DirectorClientOptions): DirectorClient {
  return {
    async run<T>({ tenant, requestId }: DirectorCall, query: string, variables: object): Promise<T> {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
          ...headersFor(tenant),
        },
        body: JSON.stringify({ query, variables }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw away(error);
      });
      const { data, errors } = await answerOf(response);
      const [error] = errors ?? [];
      if (error) throw refusalOf(error, response.status);
      if (!response.ok || data === undefined || data === null) throw away(new Error(`the Director answered HTTP ${response.status} without data`));
      return data as T; // the answer to a document of ours
    },
  };
}

async function answerOf(response: Response): Promise<{ readonly data?: unknown; readonly errors?: readonly DirectorError[] }> {
  if (response.status === 413) throw new LegacyRefusal(413, 'Payload Too Large');
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
      parts.push(part);
    }
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as { data?: unknown; errors?: readonly DirectorError[] };
  } catch (error) {
    throw away(new Error(`the Director answered HTTP ${response.status} with what cannot be read`, { cause: error }));
  }
}

/** What the caller asked for is the caller's to read; that this service is not let in, or asks nonsense, is not. */
function refusalOf({ message, extensions }: DirectorError, httpStatus: number): LegacyRefusal {
  const status = STATUS_BY_KIND[extensions?.error ?? ''];
  if (status !== undefined) return new LegacyRefusal(status, `graphql: ${message}`);
  return away(new Error(`the Director answered HTTP ${httpStatus}: ${message}`));
}

function away(error: unknown): LegacyRefusal {
  log().error({ err: error }, 'the Director did not do what it was asked for');
  return new LegacyRefusal(500, 'the Director is not available: try again', { cause: error, headers: { 'retry-after': '1' } });
}
