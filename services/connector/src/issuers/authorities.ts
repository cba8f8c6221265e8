import { type Authority, AuthorityUnusable, openAuthority } from '@binnacle/pki/certificate-authority';
import { type Certificate, certificatePem, readCertificates } from '@binnacle/pki/read-certificate';
import { log } from '@binnacle/log/log';
import type { Registry } from '@binnacle/registry/registry';
import type { Envelope } from '@binnacle/secrets/envelope';
import { type Issuer, issuersOf } from '@binnacle/trust/issuers';

/** An issuer of the record, opened: with its key where the key is here. */
export interface OpenedIssuer {
  readonly record: Issuer;
  readonly certificate: Certificate;
  readonly authority: Authority | undefined;
}

/** Key and certificate of an authority that lie in files; `issuer` rows of theirs carry no key. */
export interface KeyFiles {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** The issuers of the installation as this process knows them: asked for again at each change, and every few seconds. */
export interface Authorities {
  /** The one that signs. @throws AuthorityUnusable when there is none */
  active(): OpenedIssuer;
  /** Not retired, oldest first: signing ones and roots. */
  trusted(): readonly OpenedIssuer[];
  find(id: string): OpenedIssuer | undefined;
  /** Grows whenever what is trusted changes. */
  sequence(): number;
  /** From the certificate of the issuer upwards; a root above another certificate is left out. */
  chainOf(issuer: OpenedIssuer): readonly [Certificate, ...Certificate[]];
  /** Reads the record now. @throws AuthorityUnusable, RegistryUnavailable */
  refresh(): Promise<void>;
  stop(): void;
}

export interface AuthoritiesOptions {
  readonly registry: Registry;
  readonly envelope: Envelope;
  readonly keyFiles: KeyFiles | undefined;
  readonly now: () => Date;
}

const POLL_MS = 5_000;

/** Opens the issuers on record. @throws AuthorityUnusable when nothing can be signed with them; the message is for the operator */
export async function openAuthorities(options: AuthoritiesOptions): Promise<Authorities> {
  let opened: readonly OpenedIssuer[] = [];
  let sequence = 0;
  const refresh = async (): Promise<void> => {
    const records = await options.registry.asGlobal('connector: issuers', (work) => issuersOf(work).list());
    const next = records.filter(({ state }) => state !== 'retired').map((record) => open(record, options));
    activeOf(next);
    opened = next;
    // Issuers are never deleted, and each is retired once.
    sequence = records.length + (records.length - next.length);
  };
  await refresh();
  // What was opened stays in use until something that can be used is on record.
  const inBackground = (): void => void refresh().catch((error: unknown) => log().error({ err: error }, 'issuers could not be read again'));
  const stopListening = options.registry.listen('issuer_changed', inBackground);
  const timer = setInterval(inBackground, POLL_MS);
  timer.unref();
  return {
    active: () => activeOf(opened),
    trusted: () => opened,
    find: (id) => opened.find(({ record }) => record.id === id),
    sequence: () => sequence,
    chainOf(issuer) {
      const chain: [Certificate, ...Certificate[]] = [issuer.certificate];
      for (let above = parentOf(issuer, opened); above !== undefined && above.record.role !== 'root'; above = parentOf(above, opened))
        chain.push(above.certificate);
      return chain;
    },
    refresh,
    stop() {
      clearInterval(timer);
      stopListening();
    },
  };
}

const parentOf = ({ record }: OpenedIssuer, all: readonly OpenedIssuer[]): OpenedIssuer | undefined =>
  record.parentId === undefined ? undefined : all.find((candidate) => candidate.record.id === record.parentId);

function activeOf(opened: readonly OpenedIssuer[]): OpenedIssuer {
  const active = opened.find(({ record }) => record.role === 'intermediate' && record.state === 'active');
  if (!active)
    throw new AuthorityUnusable(
      'there is no certificate authority: make one with `./binnacle pki init`, or name the files of your own (CONNECTOR_CA_CERTIFICATE_FILE, CONNECTOR_CA_KEY_FILE)',
    );
  return active;
}

/**
 * An issuer without a key here (an authority elsewhere, files of another installation) is kept for its certificate.
 * @throws AuthorityUnusable when an issuer that must sign cannot
 */
function open(record: Issuer, { envelope, keyFiles, now }: AuthoritiesOptions): OpenedIssuer {
  const [certificate] = readCertificates(record.certificatePem);
  if (!certificate) throw new AuthorityUnusable(`issuer ${record.id} has no certificate on record`);
  const keyPem = keyOf(record, envelope, keyFiles);
  const mustSign = record.role === 'intermediate' && record.state === 'active' && record.kind === 'builtin';
  if (keyPem === undefined) {
    if (mustSign) throw new AuthorityUnusable(`the active issuer "${record.subject}" has its key in a file, and no file with its key is configured`);
    return { record, certificate, authority: undefined };
  }
  try {
    return { record, certificate, authority: openAuthority(certificatePem(certificate), keyPem, now()) };
  } catch (error) {
    // One that has expired signs nothing any more, but its certificate is still asked for.
    if (error instanceof AuthorityUnusable && !mustSign) return { record, certificate, authority: undefined };
    throw error instanceof AuthorityUnusable ? new AuthorityUnusable(`issuer "${record.subject}" cannot be used: ${error.message}`, { cause: error }) : error;
  }
}

function keyOf(record: Issuer, envelope: Envelope, keyFiles: KeyFiles | undefined): string | undefined {
  if (record.sealedKey) return openSealed(record, envelope);
  const [fromFile] = keyFiles ? readCertificates(keyFiles.certificatePem) : [];
  const [onRecord] = readCertificates(record.certificatePem);
  return keyFiles && fromFile && fromFile.sha256 === onRecord?.sha256 ? keyFiles.keyPem : undefined;
}

function openSealed(record: Issuer, envelope: Envelope): string {
  try {
    return envelope.open(record.sealedKey as NonNullable<Issuer['sealedKey']>, record.id); // its presence was checked by the only caller
  } catch (error) {
    throw new AuthorityUnusable(`the key of issuer "${record.subject}" cannot be opened with the envelope keys of ENVELOPE_KEY_FILE`, { cause: error });
  }
}
