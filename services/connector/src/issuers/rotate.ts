import type { Registry } from '@binnacle/registry/registry';
import type { GlobalWork } from '@binnacle/registry/work';
import { type Issuer, issuersOf, type IssuerState } from '@binnacle/trust/issuers';
import type { Audit } from '../audit.ts';
import { lockIssuers } from './init-authority.ts';
import { addIntermediate, addRoot, type AuthorityPlan } from './make-authority.ts';

/** A step that the state of the issuers does not allow; the message is for the operator. */
export class RotationRefused extends Error {
  override readonly name = 'RotationRefused';
}

export interface RotationOptions {
  readonly registry: Registry;
  readonly audit: Audit;
  readonly now: () => Date;
}

const inOneStep = <T>({ registry }: RotationOptions, what: string, body: (work: GlobalWork, issuers: readonly Issuer[]) => Promise<T>): Promise<T> =>
  registry.asGlobal(`connector: ${what}`, async (work) => {
    await lockIssuers(work);
    return body(work, await issuersOf(work).list());
  });

const inState = (issuers: readonly Issuer[], role: Issuer['role'], ...states: readonly IssuerState[]): readonly Issuer[] =>
  issuers.filter((issuer) => issuer.role === role && states.includes(issuer.state));

const note = ({ audit }: RotationOptions, work: GlobalWork, { id }: Issuer, state: IssuerState): Promise<void> =>
  audit.record({ action: 'issuer.changed', object: { type: 'Issuer', id }, details: { state } }, work);

/**
 * Makes the next issuing authority, and with `newRoot` the next root above it. It is published and trusted from now on, and signs nothing yet.
 * @throws RotationRefused when one is staged already, or there is no root whose key is here
 */
export function stageAuthority(options: RotationOptions, plan: AuthorityPlan, newRoot: boolean): Promise<Issuer> {
  return inOneStep(options, 'next certificate authority', async (work, issuers) => {
    const [staged] = inState(issuers, 'intermediate', 'staged');
    if (staged) throw new RotationRefused(`"${staged.subject}" is staged already: activate it, or retire it`);
    const root = newRoot ? await addRoot(work, plan, 'staged', options.now()) : rootToUse(issuers, options.now());
    if (newRoot) await note(options, work, root, 'staged');
    const intermediate = await addIntermediate(work, plan, root, 'staged', options.now());
    await note(options, work, intermediate, 'staged');
    return intermediate;
  });
}

function rootToUse(issuers: readonly Issuer[], now: Date): Issuer {
  const [root] = inState(issuers, 'root', 'active');
  if (!root?.sealedKey) throw new RotationRefused('there is no root whose key is here: stage with a new root, or bring the next authority as files');
  if (root.notAfter <= now) throw new RotationRefused(`the root "${root.subject}" has expired: stage with a new root`);
  return root;
}

/**
 * The staged authority signs from now on; the one before it verifies for as long as its certificates live.
 * @throws RotationRefused when nothing is staged
 */
export function activateStaged(options: RotationOptions): Promise<Issuer> {
  return inOneStep(options, 'change of the certificate authority', async (work, issuers) => {
    const [staged] = inState(issuers, 'intermediate', 'staged');
    if (!staged) throw new RotationRefused('no certificate authority is staged');
    const before = inState(issuers, 'intermediate', 'active');
    const root = issuers.find(({ id, state }) => id === staged.parentId && state === 'staged');
    for (const next of root ? [root, staged] : [staged]) {
      if (!(await issuersOf(work).move(next.id, 'active'))) throw new RotationRefused(`"${next.subject}" could not be activated`);
      await note(options, work, next, 'active');
    }
    for (const previous of before) await note(options, work, previous, 'retiring');
    return staged;
  });
}

/**
 * Ends the trust in authorities that retire and have no certificate left that is good; with `force` in all that retire, and in a staged one.
 * Roots go with the last authority below them.
 * @returns what was retired
 */
export function retireIssuers(options: RotationOptions, force: boolean): Promise<readonly Issuer[]> {
  return inOneStep(options, 'end of certificate authorities', async (work, issuers) => {
    const retired: Issuer[] = [];
    const retire = async (issuer: Issuer): Promise<void> => {
      if (!(await issuersOf(work).move(issuer.id, 'retired'))) return;
      await note(options, work, issuer, 'retired');
      retired.push(issuer);
    };
    for (const issuer of inState(issuers, 'intermediate', 'retiring', ...(force ? (['staged'] as const) : [])))
      if (force || (await goodCertificates(work, issuer)) === 0) await retire(issuer);
    const left = (await issuersOf(work).list()).filter(({ role, state }) => role === 'intermediate' && state !== 'retired');
    for (const root of inState(issuers, 'root', 'retiring', 'staged')) if (!left.some(({ parentId }) => parentId === root.id)) await retire(root);
    return retired;
  });
}

/** Certificates of the issuer that are neither revoked nor expired. */
export async function goodCertificates(work: GlobalWork, { id }: Issuer): Promise<number> {
  const [row] = await work.query<{ count: number }>(
    'issuers.goodCertificates',
    'select count(*)::int as count from certificate where issuer_id = $1 and revoked_at is null and not_after > now()',
    [id],
  );
  return row?.count ?? 0;
}
