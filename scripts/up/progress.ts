/** One line a step, with its time; on a terminal the line of the running step is rewritten. */
export interface Progress {
  /** Runs one step and shows how it went. */
  step<T>(name: string, body: () => Promise<T>): Promise<T>;
}

export function createProgress(output: NodeJS.WriteStream = process.stdout): Progress {
  return {
    async step(name, body) {
      const start = performance.now();
      if (output.isTTY) output.write(`  … ${name}`);
      try {
        const result = await body();
        finish('✓', start);
        return result;
      } catch (error) {
        finish('✗', start);
        throw error;
      }

      function finish(mark: string, from: number): void {
        const seconds = ((performance.now() - from) / 1000).toFixed(1);
        output.write(`${output.isTTY ? '\r' : ''}  ${mark} ${name} (${seconds} s)\n`);
      }
    },
  };
}
