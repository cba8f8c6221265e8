import type { Landscape } from '@binnacle/testkit/landscape';
import { createKeyedHash } from '../keyed-hash.ts';

export { createLandscape, type Landscape } from '@binnacle/testkit/landscape';

export const tokenHashes = ({ key }: Landscape) => createKeyedHash([key], 'one-time-token');
