import { auth } from '../auths/auth-rules.ts';
import { type Faults, faultsOf, length, nested, notNegative, oneOf, required, urlWithScheme } from '../validation/rules.ts';
import { templateFault } from './template.ts';

const NOTIFICATIONS = ['CONFIGURATION_CHANGED', 'APPLICATION_TENANT_MAPPING', 'FORMATION_LIFECYCLE'];
const NEED_OUTPUT = ['REGISTER_APPLICATION', 'UNREGISTER_APPLICATION'];

type Input = Readonly<Record<string, unknown>>;

/** Rules of a `WebhookInput`. */
export function webhookFaults(input: Input): Faults | undefined {
  const type = String(input['type'] ?? '');
  const has = (name: string): boolean => typeof input[name] === 'string' && input[name] !== '';
  if (!has('url') && !has('urlTemplate')) return { url: 'missing webhook url' };
  if (has('url') && has('urlTemplate')) return { url: 'cannot provide both webhook url and url template' };
  if (input['mode'] === 'ASYNC' && !has('statusTemplate')) return { statusTemplate: 'missing webhook status template' };
  if (NEED_OUTPUT.includes(type) && !has('outputTemplate')) return { outputTemplate: 'missing webhook output template' };
  return faultsOf(input, {
    type: [required],
    url: [length(1, 256), urlWithScheme],
    mode: [oneOf('SYNC', NOTIFICATIONS.includes(type) ? 'ASYNC_CALLBACK' : 'ASYNC')],
    auth: [nested(auth)],
    retryInterval: [notNegative],
    timeout: [notNegative],
    correlationIdKey: [length(0, 256)],
    urlTemplate: [templateFault],
    inputTemplate: [templateFault],
    headerTemplate: [templateFault],
    outputTemplate: [templateFault],
    statusTemplate: [templateFault],
  });
}
