import { createConnection } from 'node:net';

/** @throws Error that names every port that is taken and how to move or stop */
export async function requireFreePorts(ports: Readonly<Record<string, number>>): Promise<void> {
  const taken = (await Promise.all(Object.entries(ports).map(async ([name, port]) => ((await answers(port)) ? `${port} (${name})` : '')))).filter(Boolean);
  if (taken.length === 0) return;
  throw new Error(`these ports are in use: ${taken.join(', ')}.\nStop what listens there, or move the whole stack: BINNACLE_PORT_OFFSET=1000 npm start`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
