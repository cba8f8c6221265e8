import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianLibraries, fetchDebianPackages } from './debian-packages.ts';
import { alone, cacheFolder, onPath } from './fetch-once.ts';

/** Programs that tests ask for a second opinion or use as clients. Debian's packages have their names. */
const PROGRAMS = ['openssl', 'curl'] as const;

/** Puts what the machine lacks of these programs on this process's PATH, fetched once from Debian's packages. @throws Error that says what to install */
export async function provideForeignPrograms(): Promise<void> {
  for (const program of PROGRAMS) {
    if (onPath(program)) continue;
    const folder = cacheFolder(program);
    const wrapper = path.join(folder, 'bin', program);
    await alone(folder, async () => {
      if (!existsSync(wrapper)) await fetchProgram(program, folder, wrapper);
    });
    process.env['PATH'] = `${path.dirname(wrapper)}:${process.env['PATH'] ?? ''}`;
  }
}

async function fetchProgram(program: string, folder: string, wrapper: string): Promise<void> {
  try {
    await fetchDebianPackages(folder, program);
  } catch (error) {
    throw new Error(`tests need ${program}, which is not on this machine and could not be fetched from Debian's packages: install it`, { cause: error });
  }
  mkdirSync(path.dirname(wrapper), { recursive: true });
  writeFileSync(wrapper, `#!/bin/sh\nLD_LIBRARY_PATH='${debianLibraries(folder).join(':')}' exec '${folder}/debian/usr/bin/${program}' "$@"\n`);
  chmodSync(wrapper, 0o755);
}
