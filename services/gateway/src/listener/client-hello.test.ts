import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { MAX_HELLO_BYTES, readHelloName } from './client-hello.ts';

/** What a TLS client of Node sends first. */
async function helloOf(servername: string | undefined): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...(servername === undefined ? {} : { servername }) });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same bytes in records of at most `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    const head = Buffer.from([22, 3, 1, 0, 0]);
    head.writeUInt16BE(part.length, 3);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

describe('the name in the first bytes of a TLS connection', () => {
  it('is read as a real client sends it, in lower case', async () => {
    expect(readHelloName(await helloOf('Compass-Gateway-mtls.Example.com'))).toEqual({ kind: 'name', name: 'compass-gateway-mtls.example.com' });
    expect(readHelloName(await helloOf(undefined))).toEqual({ kind: 'name', name: undefined });
  });

  it('is read however the bytes are cut, and asked for until they are all there', async () => {
    const hello = await helloOf('a.example.com');
    for (let length = 0; length < hello.length; length += 1) expect(readHelloName(hello.subarray(0, length))).toEqual({ kind: 'more' });
    for (const size of [1, 7, 100]) expect(readHelloName(inRecords(hello, size))).toEqual({ kind: 'name', name: 'a.example.com' });
  });

  it('is no name when anything about it is odd, and nothing odd is thrown at', async () => {
    const hello = await helloOf('a.example.com');
    const at = hello.indexOf('a.example.com');
    const changed = (bytes: string): Buffer => Buffer.concat([hello.subarray(0, at), Buffer.from(bytes, 'latin1'), hello.subarray(at + bytes.length)]);
    for (const odd of ['\0.example.com', 'a example.com', '../../../../x', '-.example.com'])
      expect(readHelloName(changed(odd))).toEqual({ kind: 'name', name: undefined });
    for (const other of ['GET / HTTP/1.1\r\n\r\n', '\x16\x02\x01\x00\x05hello', '\x16\x03\x01\x00\x00', '\x15\x03\x01\x00\x02\x01\x00'])
      expect(readHelloName(Buffer.from(other, 'latin1'))).toEqual({ kind: 'name', name: undefined });
    const endless = Buffer.concat(Array.from({ length: MAX_HELLO_BYTES }, () => Buffer.from([22, 3, 1, 0, 1, 1])));
    expect(readHelloName(endless)).toEqual({ kind: 'name', name: undefined });
    let seed = 1;
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Buffer.from(hello);
      for (let change = 0; change < 3; change += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        bytes[5 + (seed % (bytes.length - 5))] = (seed >> 8) & 255;
      }
      expect(['more', 'name']).toContain(readHelloName(bytes).kind);
    }
  });
});
