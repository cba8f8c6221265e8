/** Credentials as they are sealed: one JSON text. */
export interface Auth {
  readonly credential?: Readonly<Record<string, object>>;
  readonly accessStrategy?: string;
  readonly additionalHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly additionalQueryParams?: Readonly<Record<string, readonly string[]>>;
  readonly requestAuth?: { readonly csrf: object };
  readonly certCommonName?: string;
}

type Input = Readonly<Record<string, unknown>>;

/** From an `AuthInput`; the serialised maps win over the typed ones. */
export function authFrom(input: Input): Auth {
  const csrf = (input['requestAuth'] as { csrf?: Input } | null | undefined)?.csrf;
  return withoutEmpty({
    credential: withoutEmpty(input['credential'] as Input | null | undefined),
    accessStrategy: input['accessStrategy'],
    ...maps(input),
    requestAuth: csrf
      ? {
          csrf: withoutEmpty({
            tokenEndpointURL: csrf['tokenEndpointURL'],
            credential: withoutEmpty(csrf['credential'] as Input | null | undefined),
            ...maps(csrf),
          }),
        }
      : undefined,
    certCommonName: input['certCommonName'],
  }) as Auth; // its members are those of the interface
}

function maps(input: Input): Input {
  const read = (name: string): unknown => {
    const serialised = input[`${name}Serialized`];
    return typeof serialised === 'string' ? JSON.parse(serialised) : input[name];
  };
  return { additionalHeaders: read('additionalHeaders'), additionalQueryParams: read('additionalQueryParams') };
}

function withoutEmpty(input: Input | null | undefined): Input | undefined {
  if (!input) return undefined;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== null));
}
