import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { setTracing } from './tracing.ts';

/**
 * Starts tracing with the standard `OTEL_*` settings (service name, endpoint, sampler). Spans carry statement texts, never
 * parameter values: what tenants store does not leave with them.
 */
export function startTelemetry(): void {
  const sdk = new NodeSDK({
    // Left out, the SDK would send metrics and logs to the same address too; ours are read from /metrics and standard output.
    metricReaders: [],
    logRecordProcessors: [],
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    instrumentations: [
      new HttpInstrumentation({ ignoreIncomingRequestHook: (request) => /^\/(livez|readyz|healthz|metrics)/.test(request.url ?? '') }),
      new UndiciInstrumentation(),
      new PgInstrumentation({ enhancedDatabaseReporting: false }),
    ],
  });
  sdk.start();
  setTracing({ flush: () => sdk.shutdown() });
}
