import type { Rule } from '../validation/rules.ts';

const MAX_TEMPLATE_BYTES = 65_536;
const BLOCKS = /^(if|range|with|define|block)\b/;

/**
 * What is wrong with the form of a template, if anything: actions that are not closed, blocks without an end. Rendering against data, and
 * with it the check of what comes out, belongs to the delivery of notifications.
 */
export const templateFault: Rule = (value) => {
  if (value === undefined || value === null || value === '') return undefined;
  const text = String(value);
  if (Buffer.byteLength(text) > MAX_TEMPLATE_BYTES) return `must be no larger than ${MAX_TEMPLATE_BYTES} bytes`;
  let open = 0;
  let rest = text;
  for (;;) {
    const start = rest.indexOf('{{');
    if (start < 0) break;
    const end = rest.indexOf('}}', start);
    if (end < 0) return 'failed to parse template: an action {{ is not closed';
    const action = rest
      .slice(start + 2, end)
      .replace(/^-\s|\s-$/g, '')
      .trim();
    if (action === '') return 'failed to parse template: an action is empty';
    if (BLOCKS.test(action)) open += 1;
    else if (action === 'end') open -= 1;
    if (open < 0) return 'failed to parse template: there is an end without its block';
    rest = rest.slice(end + 2);
  }
  return open === 0 ? undefined : 'failed to parse template: a block has no end';
};
