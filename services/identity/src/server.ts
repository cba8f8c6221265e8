import { createServer, type Server } from 'node:http';
import { listen } from '@binnacle/http/admin-server';
import { log } from '@binnacle/log/log';
import express from 'express';
import type Provider from 'oidc-provider';
import { errorPage, loginPage, PAGE_POLICY, welcomePage } from './login-page.ts';
import { findUser } from './users.ts';

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Address of the Gateway, whose playground the first page names. */
  readonly gatewayUrl: string;
}

/** The provider with its login page. */
export async function startIdentity(provider: Provider, { host, port, gatewayUrl }: Listening): Promise<Server> {
  const app = express();
  app.disable('x-powered-by');
  app.use((_, response, next) => {
    response.set({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    next();
  });
  app.get('/', (_, response) => sendPage(response, 200, welcomePage(gatewayUrl)));
  app.get('/interaction/:uid', async (request, response) => {
    const { uid, prompt } = await provider.interactionDetails(request, response);
    // Nobody is asked whether they may: all clients are of this stack. Who asks for refresh tokens has to ask for consent, too.
    if (prompt.name === 'consent') {
      await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
      return;
    }
    if (prompt.name !== 'login') throw new Error(`there is no page for ${prompt.name}`);
    sendPage(response, 200, loginPage(uid));
  });
  app.post('/interaction/:uid', express.urlencoded({ extended: false, limit: '4kb' }), async (request, response) => {
    const user = findUser(String((request.body as Record<string, unknown>)['user']));
    if (!user) return void response.status(400).type('text/plain').send('there is no such user: admin, operator, viewer and partner are here\n');
    await provider.interactionFinished(request, response, { login: { accountId: user.id } });
  });
  app.use(provider.callback());
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    log().warn({ err: error }, 'login failed');
    if (!response.headersSent) sendPage(response, 400, errorPage('This login is over or was never begun: go back to the application and log in again.'));
  });
  const server = createServer(app);
  await listen(server, port, host);
  return server;
}

function sendPage(response: express.Response, status: number, page: string): void {
  response.status(status).set('content-security-policy', PAGE_POLICY).type('html').send(page);
}
