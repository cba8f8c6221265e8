const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_ID = /^(?:[0-9a-f]{16}){1,2}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

/** Names of the headers that carry the trace a call belongs to. */
export const TRACE_HEADERS = ['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'] as const;

/** The trace a call belongs to in W3C form: as it came when it is well formed, else made from the older b3 headers. */
export function traceHeaders(find: (name: (typeof TRACE_HEADERS)[number]) => string | undefined): Readonly<Record<string, string>> {
  const traceparent = find('traceparent');
  if (traceparent !== undefined && TRACEPARENT.test(traceparent)) {
    const tracestate = find('tracestate');
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
  }
  const [trace = '', span = '', sampled = ''] = find('b3')?.split('-') ?? [
    find('x-b3-traceid'),
    find('x-b3-spanid'),
    find('x-b3-flags') === '1' ? 'd' : find('x-b3-sampled'),
  ];
  if (!TRACE_ID.test(trace) || !SPAN_ID.test(span)) return {};
  const flags = sampled === '0' || sampled === 'false' ? '00' : '01';
  return { traceparent: `00-${trace.toLowerCase().padStart(32, '0')}-${span.toLowerCase()}-${flags}` };
}
