/** Applications with one of these labels are left out of what runtimes see. */
export const HIDDEN_APPLICATIONS: readonly { readonly key: string; readonly value: string }[] = [
  { key: 'applicationHideSelectorKey', value: 'applicationHideSelectorValue' },
];
