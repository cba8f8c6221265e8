import type { TLSSocket } from 'node:tls';
import type { OpenAnswers } from './connections.ts';

/** Open connections by the certificate that was shown on them. */
export interface CertificateConnections {
  /** @param fingerprint SHA-256 of the certificate, hex */
  add(socket: TLSSocket, fingerprint: string): void;
  /** Ends them: soon, or, where an answer is under way, behind it. Calls that come until then are refused by whoever looks at certificates. */
  end(fingerprint: string): void;
}

/** An answer that takes longer is cut off: by then nothing is to go out to a certificate that is revoked. */
const LAST_ANSWER_MS = 3_000;
/** A call may be on its way: it gets an answer rather than a broken connection. */
const IDLE_MS = 1_000;

export function createCertificateConnections(answers: Pick<OpenAnswers, 'on'>): CertificateConnections {
  const open = new Map<string, Set<TLSSocket>>();
  return {
    add(socket, fingerprint) {
      const sockets = open.get(fingerprint) ?? new Set();
      open.set(fingerprint, sockets.add(socket));
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) open.delete(fingerprint);
      });
    },
    end(fingerprint) {
      for (const socket of open.get(fingerprint) ?? []) {
        if (!endBehindAnswer(socket)) setTimeout(() => endBehindAnswer(socket) || socket.destroy(), IDLE_MS).unref();
      }
    },
  };

  function endBehindAnswer(socket: TLSSocket): boolean {
    const response = answers.on(socket)?.response;
    if (!response) return false;
    // It may be the answer to the very call that revoked the certificate.
    if (!response.headersSent) response.setHeader('connection', 'close');
    response.once('close', () => socket.end());
    setTimeout(() => socket.destroy(), LAST_ANSWER_MS).unref();
    return true;
  }
}
