import { type Faults, faultsOf, nested, required, type Rule, type Rules, url } from '../validation/rules.ts';

const CREDENTIALS: Readonly<Record<string, Rules>> = {
  basic: { username: [required], password: [required] },
  oauth: { clientId: [required], clientSecret: [required], url: [required, url] },
  certificateOAuth: { clientId: [required], certificate: [required], url: [required, url] },
};

type Input = Readonly<Record<string, unknown>>;

const credential = (input: Input): Faults | undefined => {
  const given = Object.keys(CREDENTIALS).filter((kind) => input[kind] !== undefined && input[kind] !== null);
  const [kind] = given;
  if (given.length !== 1 || kind === undefined) return { credential: 'exactly one credential input has to be specified' };
  return faultsOf(input, { [kind]: [nested(CREDENTIALS[kind] ?? {})] });
};

/** Headers and query parameters: names and values are not empty. */
const lists: Rule = (value) => {
  if (value === undefined || value === null) return undefined;
  const map = (typeof value === 'string' ? JSON.parse(value) : value) as Readonly<Record<string, readonly string[]>>;
  const ok = Object.entries(map).every(
    ([name, values]) => name !== '' && values.length > 0 && values.every((item) => item !== '' && !/[\r\n\0]/.test(item)) && !/[\r\n\0]/.test(name),
  );
  return ok ? undefined : 'names and values cannot be blank';
};

const maps: Rules = {
  additionalHeaders: [lists],
  additionalHeadersSerialized: [lists],
  additionalQueryParams: [lists],
  additionalQueryParamsSerialized: [lists],
};

/** Rules of an `AuthInput`. */
export const auth: Rules = {
  ...maps,
  credential: [nested(credential)],
  requestAuth: [nested({ csrf: [required, nested({ ...maps, tokenEndpointURL: [required, url], credential: [nested(credential)] })] })],
  oneTimeToken: [(value) => (value === undefined || value === null ? undefined : 'is not available in this version')],
};
