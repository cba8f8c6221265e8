const FILES: Readonly<Record<string, string>> = { json: 'json.worker.js', graphql: 'graphql.worker.js' };

/** The editor's workers are files of ours. */
(globalThis as { MonacoEnvironment?: { getWorker(id: string, label: string): Worker } }).MonacoEnvironment = {
  getWorker: (_, label) => new Worker(`/playground/assets/${FILES[label] ?? 'editor.worker.js'}`),
};
