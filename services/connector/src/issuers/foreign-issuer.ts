import { type Certificate, isIssuedBy, readCertificates } from '@binnacle/pki/read-certificate';
import type { Registry } from '@binnacle/registry/registry';
import type { Issuer } from '@binnacle/trust/issuers';
import { adoptChain } from './adopt-chain.ts';
import { type CertificateIssuer, type CertificateOrder, IssuerUnavailable } from './certificate-issuer.ts';

/** Another system that signs. */
export interface ForeignAuthority {
  readonly kind: Issuer['kind'];
  /** PEM: what signs now, then what is above it; the root may be among them. @throws IssuerUnavailable */
  chain(): Promise<string>;
  /** PEM: the certificate, perhaps followed by its chain. @throws IssuerUnavailable, IssuerRefused */
  sign(order: CertificateOrder, notAfter: Date): Promise<string>;
}

const CHAIN_LIFE_MS = 60_000;

/** An issuer that can be asked for its chain before anything is signed. */
export interface ForeignIssuer extends CertificateIssuer {
  /** Puts the chain on record now. @throws IssuerUnavailable */
  learn(): Promise<unknown>;
}

/** An issuer that asks another system, keeps what it signs with on record, and never orders a certificate that would outlive it. */
export function createForeignIssuer(registry: Registry, authority: ForeignAuthority, newId: () => string): ForeignIssuer {
  let known: { readonly chain: readonly [Certificate, ...Certificate[]]; readonly issuerId: string; readonly at: number } | undefined;

  async function learn(): Promise<NonNullable<typeof known>> {
    const [first, ...above] = certificatesOf(await authority.chain());
    if (!first) throw new IssuerUnavailable('the issuer did not say what it signs with');
    const chain = [first, ...above] as const;
    return (known = { chain, issuerId: await adoptChain(registry, authority.kind, chain, newId), at: Date.now() });
  }

  return {
    learn,
    async sign(order, now) {
      let signer = known && Date.now() - known.at < CHAIN_LIFE_MS ? known : await learn();
      const end = Math.min(now.getTime() + order.validitySeconds * 1_000, ...signer.chain.map(({ notAfter }) => notAfter.getTime()));
      const [certificate] = certificatesOf(await authority.sign(order, new Date(end)));
      if (!certificate) throw new IssuerUnavailable('the issuer answered no certificate');
      // It may have changed its authority meanwhile.
      if (!isIssuedBy(certificate, signer.chain[0])) signer = await learn();
      return { certificate, authorities: withoutRoot(signer.chain), issuerId: signer.issuerId };
    },
  };
}

function certificatesOf(pem: string): readonly Certificate[] {
  try {
    return readCertificates(pem);
  } catch (error) {
    throw new IssuerUnavailable('the issuer answered a certificate that cannot be read', { cause: error });
  }
}

function withoutRoot([first, ...above]: readonly [Certificate, ...Certificate[]]): readonly [Certificate, ...Certificate[]] {
  return [first, ...above.filter((certificate) => !certificate.subjectDer.equals(certificate.issuerDer))];
}
