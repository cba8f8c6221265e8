import { log } from '@binnacle/log/log';
import type { DirectorCall, DirectorClient } from './director-client.ts';

/**
 * The first call of an Application sets its status to CONNECTED. The Director does this for who calls it; here it sees this service alone.
 * A call is not refused because this could not be noted.
 */
export async function noteConnected(
  director: DirectorClient,
  { applicationId, ...call }: DirectorCall & { readonly applicationId: string },
  { status }: { readonly status: { readonly condition: string } | null },
): Promise<void> {
  if (status?.condition === 'CONNECTED') return;
  await director.run(call, CONNECTED, { id: applicationId }).catch((error: unknown) => log().warn({ err: error, applicationId }, 'status was not noted'));
}

const CONNECTED = 'mutation ($id: ID!) { updateApplication(id: $id, in: { statusCondition: CONNECTED }) { id } }';
