import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { DerError } from '@binnacle/pki/der-read';
import { type Certificate, readCertificate } from '@binnacle/pki/read-certificate';

const read = new WeakMap<Socket, Certificate | 'none'>();

/**
 * The certificate whose key the peer of a TLS connection has proved to hold, and which one of the authorities asked for has issued; read once
 * a connection. Undefined for every other connection.
 */
export function peerCertificate(socket: Socket): Certificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized || socket.isSessionReused()) return undefined;
  const known = read.get(socket) ?? readPeer(socket);
  read.set(socket, known);
  return known === 'none' ? undefined : known;
}

function readPeer(socket: TLSSocket): Certificate | 'none' {
  const raw = socket.getPeerX509Certificate()?.raw;
  try {
    return raw ? readCertificate(raw) : 'none';
  } catch (error) {
    // OpenSSL reads more than we do; what we do not understand is nobody's identity.
    if (error instanceof DerError) return 'none';
    throw error;
  }
}
