import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import type { Example } from './use-examples.ts';

/** Opens a chosen example in a tab of its own; what was being written stays where it is. */
export function ExampleTab({ example }: { readonly example: Example | undefined }) {
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  const opened = useRef<Example>(undefined);
  useEffect(() => {
    if (!example || !queryEditor || !variableEditor || opened.current === example) return;
    opened.current = example;
    addTab();
    queryEditor.setValue(example.query);
    variableEditor.setValue(example.variables);
  }, [example, queryEditor, variableEditor, addTab]);
  return null;
}
