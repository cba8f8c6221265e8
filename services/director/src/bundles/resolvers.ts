import { type AnyMutation, tenantMutation } from '../call.ts';
import { authFrom } from '../auths/auth.ts';
import type {
  MutationAddBundleArgs,
  MutationAddDocumentToBundleArgs,
  MutationDeleteBundleArgs,
  MutationDeleteDocumentArgs,
  MutationUpdateBundleArgs,
} from '../generated/graphql.ts';
import { requireId, requireOwner } from '../require-owner.ts';
import { addBundle, addDocument, emptyContent, sealAuth } from './content.ts';
import { contentOf } from './repository.ts';

export const bundleMutations: Readonly<Record<string, AnyMutation>> = {
  addBundle: tenantMutation<MutationAddBundleArgs>(async (work, { applicationID, in: input }, call) => {
    await requireOwner(work, 'application', applicationID, 'applicationID');
    const content = emptyContent();
    const id = addBundle(content, call, { ...input });
    await contentOf(work).add(applicationID, content);
    return call.read(work, 'Bundle', id);
  }),

  updateBundle: tenantMutation<MutationUpdateBundleArgs>(async (work, { id, in: input }, call) => {
    requireId(id, 'id');
    const { applicationId, authId } = await contentOf(work).requireOwned('bundle', id);
    await contentOf(work).updateBundle(id, applicationId, {
      name: input.name,
      description: input.description ?? null,
      schema: input.instanceAuthRequestInputSchema ?? null,
      auth: input.defaultInstanceAuth ? sealAuth(call, authFrom({ ...input.defaultInstanceAuth })) : undefined,
      oldAuthId: authId,
    });
    return call.read(work, 'Bundle', id);
  }),

  deleteBundle: tenantMutation<MutationDeleteBundleArgs>(async (work, { id }, call) => {
    requireId(id, 'id');
    await contentOf(work).requireOwned('bundle', id);
    const answer = await call.read(work, 'Bundle', id);
    await contentOf(work).remove('bundle', id);
    return answer;
  }),

  addDocumentToBundle: tenantMutation<MutationAddDocumentToBundleArgs>(async (work, { bundleID, in: input }, call) => {
    requireId(bundleID, 'bundleID');
    const { applicationId } = await contentOf(work).requireOwned('bundle', bundleID);
    const content = emptyContent();
    const id = addDocument(content, call, { ...input }, bundleID);
    await contentOf(work).add(applicationId, content);
    return call.read(work, 'Document', id);
  }),

  deleteDocument: tenantMutation<MutationDeleteDocumentArgs>(async (work, { id }, call) => {
    requireId(id, 'id');
    await contentOf(work).requireOwned('document', id);
    const answer = await call.read(work, 'Document', id);
    await contentOf(work).remove('document', id);
    return answer;
  }),
};
