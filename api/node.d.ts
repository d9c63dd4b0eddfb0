// The public API of hitrate/node. "npm run api" writes this file, and a test compares it with the sources.

import {
  Cache,
} from 'hitrate';

import {
  Hono,
} from 'hono';

import {
  IncomingMessage,
  ServerResponse,
} from 'node:http';

export interface FrontListenerOptions extends FrontHitsOptions {
    getRequestListener: (fetch: Hono['fetch']) => RequestListener;
}

export type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

export declare function frontListener(fetch: Hono['fetch'], options: FrontListenerOptions): RequestListener;

// Not exported, but part of the types above

interface FrontHitsOptions {
    cache: Cache;
    onRequest?: (end: {
        method: string;
        route: string;
        status: number;
        durationMs: number;
    }) => void;
    timer?: () => number;
}
