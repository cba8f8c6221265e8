import { parseArgs } from 'node:util';
import { EnvReader } from '@binnacle/config/env-reader';
import { openRegistry } from '@binnacle/registry/registry';
import { newUuidV7 } from '@binnacle/registry/uuid-v7';
import type { GlobalWork } from '@binnacle/registry/work';
import { createEnvelope, parseKeyFile } from '@binnacle/secrets/envelope';
import { type Issuer, issuersOf } from '@binnacle/trust/issuers';
import { askForRenewal, type RenewalOf } from './configuration/ask-for-renewal.ts';
import { initAuthority } from './issuers/init-authority.ts';
import type { AuthorityPlan } from './issuers/make-authority.ts';
import { activateStaged, goodCertificates, retireIssuers, type RotationOptions, stageAuthority } from './issuers/rotate.ts';
import { pkiUrls } from './pki/pki-urls.ts';
import { decideRecovery } from './recovery/decide-recovery.ts';
import { recoveriesOf } from './recovery/repository.ts';
import { createRegistryAudit } from './registry-audit.ts';
import { readSettings } from './settings.ts';

/** Works on the certificate authority of an installation, with the settings of its Connector. */
const USAGE = `usage: pki <step>

  status                     who signs, who is trusted, until when
  init                       make the first root and issuing authority
  rotate [--new-root] [--overlap-seconds 30]
                             the next authority: staged, and after the overlap the one that signs
  stage [--new-root]         only the first half of it
  activate                   only the second half
  retire [--force]           end the trust in authorities that retire and have no good certificate left;
                             with --force in all that retire, whose certificates then stop working
  renew-now --identity ID | --tenant ID | --issuer ID | --everybody
                             tell the holders of certificates to renew them now
  recoveries                 who wants back in and waits for an approval
  approve ID, reject ID      decide one of these
`;

const env = new EnvReader(process.env);
const { settings, authority } = readSettings(env);
const config = Object.freeze({
  registryUrl: env.url('REGISTRY_URL', ['postgres', 'postgresql']),
  envelopeKeys: env.file('ENVELOPE_KEY_FILE'),
});

type Step = (options: RotationOptions, plan: AuthorityPlan, flags: Flags, argument: string | undefined) => Promise<void>;

interface Flags {
  readonly 'new-root': boolean;
  readonly force: boolean;
  readonly 'overlap-seconds': string;
  readonly everybody: boolean;
  readonly identity?: string | undefined;
  readonly tenant?: string | undefined;
  readonly issuer?: string | undefined;
}

/** Whoever has the keys of the installation. */
const OPERATOR = { type: 'Operator', id: 'pki command' } as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const STEPS: Readonly<Record<string, Step>> = {
  status: (options) => options.registry.asGlobal('pki status', printStatus),
  async init(options, plan) {
    print((await initAuthority(options.registry, plan, options.now())) ? 'made a root and an issuing authority' : 'there is one already: nothing to do');
  },
  async stage(options, plan, flags) {
    print(`staged "${(await stageAuthority(options, plan, flags['new-root'])).subject}": trusted from now on, signs nothing yet`);
  },
  async activate(options) {
    print(`"${(await activateStaged(options)).subject}" signs from now on`);
  },
  async rotate(options, plan, flags) {
    const seconds = Number(flags['overlap-seconds']);
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 86_400) throw new Error('--overlap-seconds must be a whole number from 0 to 86400');
    await STEPS['stage']?.(options, plan, flags, undefined);
    print(`waiting ${seconds} s, so that everybody who verifies certificates knows it …`);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    await STEPS['activate']?.(options, plan, flags, undefined);
    print('the one before it verifies until its certificates have ended; then run the step "retire"');
  },
  async retire(options, _, flags) {
    const retired = await retireIssuers(options, flags.force);
    for (const { role, subject } of retired) print(`retired ${role} "${subject}"`);
    if (retired.length === 0) print('nothing to retire: whatever retires still has certificates that are good');
  },
  async 'renew-now'({ registry, audit }, _, flags) {
    const count = await askForRenewal(registry, audit, renewalOf(flags), OPERATOR);
    print(`${count} certificates: their holders are told when they next ask for their configuration`);
  },
  recoveries: ({ registry }) =>
    registry.asGlobal('pki recoveries', async (work) => {
      const pending = await recoveriesOf(work).pending();
      for (const { id, authId, tenant, requestedAt } of pending) print(`${id}  identity ${authId}  tenant ${tenant}  since ${requestedAt.toISOString()}`);
      if (pending.length === 0) print('nobody waits');
    }),
  approve: (options, _, __, id) => decide(options, id, true),
  reject: (options, _, __, id) => decide(options, id, false),
};

const WITH_ARGUMENT: ReadonlySet<string> = new Set(['approve', 'reject']);

function renewalOf({ identity, tenant, issuer, everybody }: Flags): RenewalOf {
  const given: readonly RenewalOf[] = [
    ...(identity === undefined ? [] : [{ authId: identity }]),
    ...(tenant === undefined ? [] : [{ tenant }]),
    ...(issuer === undefined ? [] : [{ issuerId: issuer }]),
    ...(everybody ? [{ everybody: true } as const] : []),
  ];
  const [which] = given;
  if (!which || given.length > 1) throw new Error('say whose certificates: one of --identity ID, --tenant ID, --issuer ID, --everybody');
  return which;
}

async function decide({ registry, audit }: RotationOptions, id: string | undefined, approve: boolean): Promise<void> {
  if (!(await decideRecovery(registry, audit, id ?? '', approve, OPERATOR))) throw new Error(`no recovery ${id} waits for a decision`);
  print(approve ? 'approved: the agent gets its certificate when it next asks' : 'rejected');
}

async function printStatus(work: GlobalWork): Promise<void> {
  for (const issuer of await issuersOf(work).list()) print(await lineOf(work, issuer));
}

async function lineOf(work: GlobalWork, issuer: Issuer): Promise<string> {
  const { role, state, subject, notAfter, id } = issuer;
  const certificates = role === 'root' ? '' : `  ${await goodCertificates(work, issuer)} good certificates`;
  return `${role.padEnd(12)} ${state.padEnd(8)} until ${notAfter.toISOString().slice(0, 10)}  ${id}  ${subject}${certificates}`;
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'new-root': { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      'overlap-seconds': { type: 'string', default: '30' },
      everybody: { type: 'boolean', default: false },
      identity: { type: 'string' },
      tenant: { type: 'string' },
      issuer: { type: 'string' },
    },
  });
  const [name = '', argument] = positionals;
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (!step || positionals.length !== (WITH_ARGUMENT.has(name) ? 2 : 1)) {
    process.stderr.write(USAGE);
    return 2;
  }
  env.done();
  const registry = openRegistry({ url: config.registryUrl, applicationName: 'pki command', poolSize: 1 });
  const urls = pkiUrls(settings.publicUrl);
  const plan: AuthorityPlan = {
    ...authority,
    envelope: createEnvelope(parseKeyFile(config.envelopeKeys)),
    newId: newUuidV7,
    subject: settings.subject,
    trustDomain: settings.trustDomain,
    urlsOf: urls.publishedBy,
  };
  try {
    await step({ registry, audit: createRegistryAudit(registry, newUuidV7), now: () => new Date() }, plan, values, argument);
    return 0;
  } finally {
    await registry.close();
  }
}

process.exitCode = await run().catch((error: unknown) => {
  process.stderr.write(`pki: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
