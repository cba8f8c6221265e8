import { UnexpectedJson } from '../json-reader.ts';
import { LegacyRefusal } from '../refusal.ts';
import { rawMember } from './raw-member.ts';
import { readDetails } from './service-details.ts';
import { specText } from './spec-text.ts';
import { type ServiceInput, toServiceInput } from './to-bundle.ts';
import { faultOfService } from './validate-service.ts';

/** A service as a client wants it to be. */
export interface WantedService extends ServiceInput {
  readonly identifier: string | undefined;
}

/** @throws LegacyRefusal 400 for what is no service, in the words that clients know */
export function readWantedService(body: string): WantedService {
  const service = detailsOf(body);
  const specs = { api: specText(rawMember(body, ['api', 'spec'])), events: specText(rawMember(body, ['events', 'spec'])) };
  const fault = faultOfService(service, specs);
  if (fault !== undefined) throw new LegacyRefusal(400, `while validating input, ${fault}`);
  return { ...toServiceInput(service, specs), identifier: service.identifier === '' ? undefined : service.identifier };
}

function detailsOf(body: string) {
  try {
    return readDetails(JSON.parse(body) ?? {}, '');
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof UnexpectedJson)) throw error;
    throw new LegacyRefusal(400, `while unmarshalling service: ${error.message}`, { cause: error });
  }
}
