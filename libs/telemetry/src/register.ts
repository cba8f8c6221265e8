/**
 * Preload (`node --import`): traces HTTP, undici and pg when an OTLP endpoint is set, and costs nothing when none is.
 * The hook must be in place before the packages it watches are loaded, hence a preload and no call in main.ts.
 */
if (process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] || process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) {
  const { register } = (await import('import-in-the-middle/register-hooks.mjs')) as { register(options: { include: string[] }): void };
  register({ include: ['http', 'https', 'node:http', 'node:https', 'pg', 'pg-pool'] });
  const { startTelemetry } = await import('./start-telemetry.ts');
  startTelemetry();
}
