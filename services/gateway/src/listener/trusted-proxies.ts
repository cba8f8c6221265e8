import { BlockList, isIP } from 'node:net';

/** Proxies in front of the Gateway whose word about their client counts. */
export interface TrustedProxies {
  trusts(address: string | undefined): boolean;
}

export const NO_PROXIES: TrustedProxies = { trusts: () => false };

/** @param cidrs such as 10.0.0.0/8, 2001:db8::/32 or one address @throws Error for what is neither */
export function trustedProxies(cidrs: readonly string[]): TrustedProxies {
  if (cidrs.length === 0) return NO_PROXIES;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (family === 0 || length < 0 || length > bits) throw new Error(`"${cidr}" is no address or CIDR range`);
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    trusts(address) {
      const family = isIP(address ?? '');
      // An IPv4 client of a socket that listens on both is compared as IPv4 by the list itself.
      return family !== 0 && list.check(address ?? '', family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** Where a call comes from. */
export interface Origin {
  /** Address of the client: that of the connection, or what the trusted proxies in front say. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** Whether the connection comes from a trusted proxy. */
  readonly byProxy: boolean;
}

/** Of the addresses that proxies noted, the last one that is no proxy of ours: those before it are the client's own words. */
export function originOf(
  connection: { readonly address: string | undefined; readonly encrypted: boolean },
  noted: { readonly forwardedFor: string | undefined; readonly forwardedProto: string | undefined },
  proxies: TrustedProxies,
): Origin {
  const peer = connection.address ?? '';
  const protocol = connection.encrypted ? 'https' : 'http';
  if (!proxies.trusts(peer)) return { address: peer, protocol, byProxy: false };
  const hops = (noted.forwardedFor ?? '').split(',').map((hop) => hop.trim());
  const client = hops.findLast((hop) => isIP(hop) === 0 || !proxies.trusts(hop));
  const proto = noted.forwardedProto?.trim();
  return {
    address: client !== undefined && isIP(client) !== 0 ? client : peer,
    protocol: proto === 'https' || proto === 'http' ? proto : protocol,
    byProxy: true,
  };
}
