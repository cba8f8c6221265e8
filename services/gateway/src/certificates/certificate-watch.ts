import type { TLSSocket } from 'node:tls';
import { log } from '@binnacle/log/log';
import type { RevocationView } from '@binnacle/trust/revocations';
import type { CertificateConnections } from '../listener/certificate-connections.ts';
import { peerCertificate } from './peer-certificate.ts';

/** Watches the certificates of open connections. */
export interface CertificateWatch {
  /** Looks at a new connection: on one with a certificate that has ended a first call is told so, and it goes away. */
  admit(socket: TLSSocket, connections: CertificateConnections): void;
  /** Calls back with the fingerprint of each certificate that ends from now on. Answers how to stop. */
  onEnded(listener: (fingerprint: string) => void): () => void;
}

export function watchCertificates(revocations: Pick<RevocationView, 'isRevoked' | 'onRevoked'>): CertificateWatch {
  return {
    admit(socket, connections) {
      const shown = peerCertificate(socket);
      if (!shown) return;
      // Servers that ask for certificates resume nothing; one that did so nevertheless proves nothing.
      if (socket.isSessionReused()) {
        log().info({ fingerprint: shown.sha256 }, 'resumed connection refused');
        return void socket.destroy();
      }
      connections.add(socket, shown.sha256);
      // Clients are to read that they are refused, not to see a connection break.
      if (revocations.isRevoked(shown.sha256)) connections.end(shown.sha256);
    },
    onEnded: (listener) => revocations.onRevoked(listener),
  };
}
