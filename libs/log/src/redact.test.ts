import { afterAll, describe, expect, it } from '@jest/globals';
import { log, startLog, withLogFields } from './log.ts';

describe('secrets in log lines', () => {
  const lines: string[] = [];
  startLog({ service: 'discreet', level: 'info', destination: { write: (line) => void lines.push(line) } });
  afterAll(() => void startLog({ service: 'silent', level: 'silent' }));
  const written = (fields: object): Record<string, unknown> => {
    lines.length = 0;
    log().info(fields, 'line');
    return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  };

  it('are cut out at every level, in objects and lists, however their names are spelt', () => {
    expect(written({ token: 't', request: { headers: { Authorization: 'Bearer t', host: 'h' }, items: [{ clientSecret: 's', name: 'n' }] } })).toMatchObject({
      token: '[redacted]',
      request: { headers: { Authorization: '[redacted]', host: 'h' }, items: [{ clientSecret: '[redacted]', name: 'n' }] },
    });
  });

  it('are cut out of what an error carries with it and of its causes', () => {
    const error = Object.assign(new Error('refused', { cause: new Error('because') }), { config: { password: 'p' }, code: 'E' });
    const line = written({ err: error });
    expect(JSON.stringify(line)).not.toContain('"p"');
    expect(line['err']).toMatchObject({ code: 'E', config: { password: '[redacted]' }, message: 'refused: because' });
  });

  it('are cut out of the fields of a request', () => {
    lines.length = 0;
    withLogFields({ requestId: 'r', credential: 'c' }, () => log().info('line'));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ requestId: 'r', credential: '[redacted]', service: 'discreet' });
  });

  it('leave dates, lists and deep values as they are', () => {
    expect(written({ at: new Date(0), list: [1, 'a', null], deep: { a: { b: { c: 1 } } } })).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      list: [1, 'a', null],
      deep: { a: { b: { c: 1 } } },
    });
  });
});
