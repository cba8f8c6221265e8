import { createServer, type Server } from 'node:http';
import { listen } from '@binnacle/http/admin-server';
import { log } from '@binnacle/log/log';
import express from 'express';
import type Provider from 'oidc-provider';
import { loginPage } from './login-page.ts';
import { findUser } from './users.ts';

const POLICY = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'`;

/** The provider with its login page. */
export async function startIdentity(provider: Provider, host: string, port: number): Promise<Server> {
  const app = express();
  app.disable('x-powered-by');
  app.use((_, response, next) => {
    response.set({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    next();
  });
  app.get(
    '/',
    (_, response) => void response.type('text/plain').send('This is the OpenID provider of a local Binnacle. Applications send you here to log in.\n'),
  );
  app.get('/interaction/:uid', async (request, response) => {
    const { uid, prompt } = await provider.interactionDetails(request, response);
    // Nobody is asked whether they may: all clients are of this stack. Who asks for refresh tokens has to ask for consent, too.
    if (prompt.name === 'consent') {
      await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
      return;
    }
    if (prompt.name !== 'login') throw new Error(`there is no page for ${prompt.name}`);
    response.set('content-security-policy', POLICY).type('html').send(loginPage(uid));
  });
  app.post('/interaction/:uid', express.urlencoded({ extended: false, limit: '4kb' }), async (request, response) => {
    const user = findUser(String((request.body as Record<string, unknown>)['user']));
    if (!user) return void response.status(400).type('text/plain').send('there is no such user: admin, operator, viewer and partner are here\n');
    await provider.interactionFinished(request, response, { login: { accountId: user.id } });
  });
  app.use(provider.callback());
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    log().warn({ err: error }, 'login failed');
    if (!response.headersSent)
      response.status(400).type('text/plain').send('This login is over or was never begun: go back to the application and log in again.\n');
  });
  const server = createServer(app);
  await listen(server, port, host);
  return server;
}
