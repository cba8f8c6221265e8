import { Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { settingsOf } from './processes.ts';

const { target, keepAlive } = settingsOf<{ target: string; keepAlive: boolean }>();
const app = express();
app.use(createProxyMiddleware({ target, ...(keepAlive ? { agent: new Agent({ keepAlive: true }) } : {}) }));
const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
