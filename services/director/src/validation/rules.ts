import { DomainError } from '@binnacle/errors/domain-error';

/** What is wrong, by field; nested where the field is an object or list (then by index). */
export interface Faults {
  readonly [field: string]: string | Faults;
}

/** Answers what is wrong with a value, if anything. */
export type Rule = (value: unknown) => string | Faults | undefined;

/** Rules by field of an input; a field may have several, of which the first that fails counts. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;

type Input = Readonly<Record<string, unknown>>;

export function faultsOf(input: Input, rules: Rules): Faults | undefined {
  const faults: Record<string, string | Faults> = {};
  for (const [field, checks] of Object.entries(rules)) {
    for (const check of checks) {
      const fault = check(input[field]);
      if (fault === undefined) continue;
      faults[field] = fault;
      break;
    }
  }
  return Object.keys(faults).length === 0 ? undefined : faults;
}

/** @throws DomainError InvalidData `<type> [field=text; …]` */
export function refuse(type: string, faults: Faults | undefined): void {
  if (!faults) return;
  throw new DomainError(
    'InvalidData',
    Object.fromEntries(Object.entries(faults).map(([field, fault]) => [field, typeof fault === 'string' ? fault : printFaults(fault)])),
    { subject: type },
  );
}

/** Nested faults on one line, as clients compare them: `0: (version: (value: must be in a valid format.).).` */
function printFaults(faults: Faults): string {
  const parts = Object.keys(faults)
    .sort()
    .map((field) => {
      const fault = faults[field];
      return typeof fault === 'object' ? `${field}: (${printFaults(fault)})` : `${field}: ${fault}`;
    });
  return `${parts.join('; ')}.`;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

export const required: Rule = (value) => (isEmpty(value) || (Array.isArray(value) && value.length === 0) ? 'cannot be blank' : undefined);

/** Length in characters; an absent or empty text passes, `required` is for that. */
export const length =
  (min: number, max: number): Rule =>
  (value) => {
    if (isEmpty(value)) return undefined;
    const size = [...String(value)].length;
    if (size >= min && size <= max) return undefined;
    return min === 0 ? `the length must be no more than ${max}` : `the length must be between ${min} and ${max}`;
  };

export const matches =
  (pattern: RegExp): Rule =>
  (value) =>
    isEmpty(value) || pattern.test(String(value)) ? undefined : 'must be in a valid format';

/** A DNS subdomain (RFC 1123) of at most 36 characters that does not begin with a digit. */
export const dnsName: Rule = (value) => {
  if (isEmpty(value)) return undefined;
  const name = String(value);
  if (name.length > 36) return 'the length must be between 1 and 36';
  if (/^[0-9]/.test(name)) return 'cannot start with digit';
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)
    ? undefined
    : 'must consist of lower case alphanumeric characters, - or ., and begin and end with an alphanumeric character';
};

export const printableAscii: Rule = (value) =>
  isEmpty(value) || /^[\x20-\x7e]+$/.test(String(value)) ? undefined : 'must contain printable ASCII characters only';

export const oneOf =
  (...choices: readonly string[]): Rule =>
  (value) =>
    isEmpty(value) || choices.includes(String(value)) ? undefined : 'must be a valid value';

export const notNegative: Rule = (value) => (typeof value === 'number' && value < 0 ? 'must be no less than 0' : undefined);

/** An absolute URL, or a host with a path, as in `example.com/api`. */
export const url: Rule = (value) => (isEmpty(value) || isUrl(String(value)) ? undefined : 'must be a valid URL');

export const urlWithScheme: Rule = (value) => {
  if (isEmpty(value)) return undefined;
  return /^(ftp|tcp|udp|wss?|https?):\/\//.test(String(value)) && isUrl(String(value)) ? undefined : 'must be a valid URL';
};

function isUrl(text: string): boolean {
  if (/\s/.test(text) || text.length > 2_083) return false;
  const parsed = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (!parsed || parsed.hostname === '') return false;
  return parsed.hostname === 'localhost' || parsed.hostname.includes('.') || parsed.hostname.startsWith('[');
}

/** An object of its own rules. */
export const nested =
  (rules: Rules | ((input: Input) => Faults | undefined)): Rule =>
  (value) =>
    value === undefined || value === null ? undefined : typeof rules === 'function' ? rules(value as Input) : faultsOf(value as Input, rules);

/** A list of objects of the same rules; faults by index. */
export const each = (rules: Rules | ((input: Input) => Faults | undefined)): Rule => {
  const rule = nested(rules);
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const faults: Record<string, string | Faults> = {};
    value.forEach((item, index) => {
      const fault = rule(item);
      if (fault !== undefined) faults[String(index)] = fault;
    });
    return Object.keys(faults).length === 0 ? undefined : faults;
  };
};
