import { useEffect, useState } from 'react';

/** An operation to begin with, from the schema's own examples. */
export interface Example {
  readonly operation: string;
  readonly name: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
}

export const exampleId = ({ operation, name }: Example): string => `${operation}/${name}`;

export function useExamples(): readonly Example[] {
  const [examples, setExamples] = useState<readonly Example[]>([]);
  useEffect(() => {
    void fetch('/playground/examples.json')
      .then((response) => response.json())
      .then(
        (found: readonly Example[]) => setExamples(found),
        () => undefined,
      );
  }, []);
  return examples;
}
