import type { ServerResponse } from 'node:http';
import { log } from '@binnacle/log/log';
import type { Dispatcher } from 'undici';

export interface RelayOptions {
  /** Whether a client that goes away ends the call; what is not cancelled runs to its end unread. */
  readonly cancellable: boolean;
  /** How long an answer may stand still because its reader does. */
  readonly stallMs: number;
  /** Called when the service will not answer on this connection again. */
  readonly onLeave: () => void;
}

const KEPT = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'cache-control',
  'retry-after',
  'allow',
  'idempotent-replay',
  'etag',
  'last-modified',
  'location',
]);

/**
 * Sends one call and passes its answer on as it comes, no faster than the client reads. By undici's own handlers: its streams cost more than the
 * rest of a small call.
 * Resolves with the status once the answer has been passed on or was broken off; rejects when there was none.
 */
export function relay(dispatcher: Dispatcher, call: Dispatcher.DispatchOptions, response: ServerResponse, options: RelayOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    let control: Dispatcher.DispatchController | undefined;
    let status = 0;
    let settled = false;
    const onClose = (): void => {
      if (settled) return;
      if (options.cancellable) control?.abort(new ClientGone());
      else control?.resume();
    };
    const onDrain = (): void => control?.resume();
    const settle = (end: () => void): void => {
      if (settled) return;
      settled = true;
      response.off('close', onClose);
      response.off('drain', onDrain);
      end();
    };
    response.on('close', onClose);
    response.on('drain', onDrain);
    dispatcher.dispatch(call, {
      onRequestStart(controller) {
        control = controller;
        if (response.destroyed && options.cancellable) controller.abort(new ClientGone());
      },
      onResponseStart(_, statusCode, headers) {
        // What comes before the answer itself, such as 103, is not passed on.
        if (statusCode < 200) return;
        status = statusCode;
        if (headers['connection'] === 'close') options.onLeave();
        // The socket's own clock: it goes on as long as bytes move.
        response.socket?.setTimeout(options.stallMs);
        response.writeHead(statusCode, answerHeaders(headers));
      },
      onResponseData(controller, chunk) {
        if (!response.destroyed && !response.write(chunk)) controller.pause();
      },
      onResponseEnd() {
        settle(() => {
          response.end();
          resolve(status);
        });
      },
      onResponseError(_, error) {
        settle(() => {
          if (status === 0) return reject(error);
          // A torn answer must not look like a whole one.
          response.destroy();
          log().debug({ err: error }, 'answer broken off');
          resolve(status);
        });
      },
    });
  });
}

/** The client went away before its answer began. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

function answerHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && KEPT.has(name)) kept[name] = value;
  }
  return kept;
}
