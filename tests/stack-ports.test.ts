import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_PORTS, stackPorts } from '../scripts/up/stack.ts';

describe('ports of the local stack', () => {
  const before = process.env['BINNACLE_PORT_OFFSET'];
  afterEach(() => {
    if (before === undefined) delete process.env['BINNACLE_PORT_OFFSET'];
    else process.env['BINNACLE_PORT_OFFSET'] = before;
  });
  const withOffset = (offset: string) => {
    process.env['BINNACLE_PORT_OFFSET'] = offset;
    return stackPorts();
  };

  it('move together', () => {
    expect(withOffset('1000')).toEqual(Object.fromEntries(Object.entries(DEFAULT_PORTS).map(([name, port]) => [name, port + 1000])));
  });

  it.each([
    ['2000', 'BINNACLE_PORT_OFFSET=2000 gives gateway the port 10080, which browsers refuse to call: choose another offset'],
    ['-1', 'BINNACLE_PORT_OFFSET must be a whole number from 0 to 50000, not "-1"'],
    ['many', 'BINNACLE_PORT_OFFSET must be a whole number from 0 to 50000, not "many"'],
  ])('are refused with the offset %s, and why', (offset, message) => {
    expect(() => withOffset(offset)).toThrow(message);
  });
});
