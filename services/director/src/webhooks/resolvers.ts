import { DomainError } from '@binnacle/errors/domain-error';
import { authFrom } from '../auths/auth.ts';
import { addWebhook, emptyContent, sealAuth, webhookRow } from '../bundles/content.ts';
import { type AnyMutation, tenantMutation } from '../call.ts';
import type { MutationAddWebhookArgs, MutationDeleteWebhookArgs, MutationUpdateWebhookArgs } from '../generated/graphql.ts';
import { refuseUnavailable } from '../not-available.ts';
import { requireId, requireOwner } from '../require-owner.ts';
import { webhooksOf, type WebhookOwner } from './repository.ts';

export const webhookMutations: Readonly<Record<string, AnyMutation>> = {
  addWebhook: tenantMutation<MutationAddWebhookArgs>(async (work, args, call) => {
    const { owner, id: ownerId } = ownerOf(args);
    await requireOwner(work, owner, ownerId, `${owner}ID`);
    const content = emptyContent();
    const id = addWebhook(content, call, { ...args.in });
    await webhooksOf(work).add(owner, ownerId, content);
    return call.read(work, 'Webhook', id);
  }),

  updateWebhook: tenantMutation<MutationUpdateWebhookArgs>(async (work, { webhookID, in: input }, call) => {
    requireId(webhookID, 'webhookID');
    const owner = await webhooksOf(work).requireOwned(webhookID);
    const secret = input.auth ? sealAuth(call, authFrom({ ...input.auth })) : undefined;
    await webhooksOf(work).replace(webhookID, owner, webhookRow(webhookID, { ...input }, null), secret);
    return call.read(work, 'Webhook', webhookID);
  }),

  deleteWebhook: tenantMutation<MutationDeleteWebhookArgs>(async (work, { webhookID }, call) => {
    requireId(webhookID, 'webhookID');
    const { authId } = await webhooksOf(work).requireOwned(webhookID);
    const answer = await call.read(work, 'Webhook', webhookID);
    await webhooksOf(work).remove(webhookID, authId);
    return answer;
  }),
};

/** @throws DomainError InvalidData unless exactly one owner is named */
function ownerOf({ applicationID, applicationTemplateID, runtimeID, formationTemplateID }: MutationAddWebhookArgs): {
  readonly owner: WebhookOwner;
  readonly id: string;
} {
  const given = [applicationID, applicationTemplateID, runtimeID, formationTemplateID].filter((id) => id !== null && id !== undefined);
  if (given.length !== 1)
    throw new DomainError('InvalidData', {
      reason: 'exactly one of applicationID, applicationTemplateID, runtimeID or formationTemplateID should be specified',
    });
  refuseUnavailable(applicationTemplateID, 'applicationTemplateID');
  refuseUnavailable(formationTemplateID, 'formationTemplateID');
  return applicationID ? { owner: 'application', id: applicationID } : { owner: 'runtime', id: runtimeID ?? '' };
}
