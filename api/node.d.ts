// The public API of hitrate/node. "npm run api" writes this file, and a test compares it with the sources.

import {
  Cache,
  FrontEnd,
  HitHeaders,
} from 'hitrate';

import {
  OnCallbackError,
} from 'hitrate/metrics';

import {
  Hono,
} from 'hono';

import {
  HttpServer,
  IncomingMessage,
  ServerOptions,
  ServerResponse,
} from 'node:http';

import {
  Server,
} from 'node:net';

export interface FrontListenerOptions extends FrontHitsOptions {
    getRequestListener: (fetch: Hono['fetch']) => RequestListener;
}

export interface FrontServerOptions extends FrontListenerOptions {
    serverOptions?: ServerOptions;
    serveMisses?: boolean;
}

export type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

export interface SocketServer extends Server {
    readonly httpServer: HttpServer;
    closeIdleConnections(): void;
    closeAllConnections(): void;
}

export declare function frontListener(fetch: Hono['fetch'], options: FrontListenerOptions): RequestListener;

export declare function frontServer(fetch: Hono['fetch'], options: FrontServerOptions): SocketServer;

// Not exported, but part of the types above

interface FrontHitsOptions {
    cache: Cache;
    onRequest?: (end: FrontEnd) => void;
    hitHeaders?: HitHeaders;
    timer?: () => number;
    onError?: OnCallbackError;
}
