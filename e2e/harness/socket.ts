/**
 * Sockets of a page, driven from Node: opens a page, makes a socket in it with its probe (pages/probe.mjs), and hands out the
 * handle. Each socket has a name of its own, by which the server's side of it is found.
 */
import { randomUUID } from 'node:crypto';
import type { WebSocketOptions } from '@holdfast/client';
import type { JSHandle, Page } from '@playwright/test';
import type { Probe } from '../pages/probe.mjs';
import type { SocketEvent } from '../pages/probe-types.ts';

/** What the server's application does with a connection. */
export type App = 'echo' | 'numbers' | 'obey' | 'silent' | 'topic';

/** A page of the server (server/pages.mjs). */
export interface PageOptions {
  /** Its content security policy. Default: none. */
  readonly csp?: 'strict' | 'no-connect';
  /** The client script's `data-install`. Default: not there. */
  readonly install?: string;
}

export interface ConnectOptions {
  readonly app: App;
  /** Of a server elsewhere, such as `http://localhost:1234`. Default: the page's own. */
  readonly base?: string;
  readonly protocols?: string[];
  /** Holdfast's own options. */
  readonly options?: WebSocketOptions;
  /** With the app 'topic': what it subscribes to, and publishes what it receives to, itself excepted. */
  readonly topic?: string;
  /** Numbered messages that the server sends in one turn. Default: all that it may, at once. */
  readonly perTurn?: number;
}

/** A socket in a page. */
export interface PageSocket {
  /** By which the server knows the connection. */
  readonly name: string;
  readonly probe: JSHandle<Probe>;
}

/** Opens a test page. @param base where: the proxy's URL, mostly */
export async function openPage(page: Page, base: string, { csp, install }: PageOptions = {}): Promise<void> {
  const url = new URL('/page', base);
  if (csp !== undefined) url.searchParams.set('csp', csp);
  if (install !== undefined) url.searchParams.set('install', install);
  await page.goto(url.href);
  await page.waitForFunction(() => globalThis.Probe !== undefined);
}

/** Makes a socket; does not wait for it to open. The page must be open. */
export async function createSocket(page: Page, options: ConnectOptions): Promise<PageSocket> {
  const { app, base = '', protocols, topic, perTurn } = options;
  const name = randomUUID();
  const pace = perTurn === undefined ? '' : `&perTurn=${perTurn}`;
  const room = topic === undefined ? '' : `&topic=${topic}`;
  const url = `${base}/socket?app=${app}&name=${name}${pace}${room}`;
  const probe = await page.evaluateHandle(
    ([url, protocols, options]) =>
      new globalThis.Probe(() => new Holdfast.WebSocket(url, protocols, options)),
    [url, protocols, options.options] as const,
  );
  return { name, probe };
}

/** Makes a socket and waits for its `open`. @throws Error it closed instead */
export async function connect(page: Page, options: ConnectOptions): Promise<PageSocket> {
  const socket = await createSocket(page, options);
  await eventOf(socket, 'open');
  return socket;
}

/** The socket's first event of this type, once there is one. @throws Error it closed without */
export function eventOf<Type extends SocketEvent['type']>(
  { probe }: PageSocket,
  type: Type,
): Promise<Extract<SocketEvent, { type: Type }>> {
  // The probe finds by the type, which the compiler cannot see across the wire.
  return probe.evaluate((probe, type) => probe.event(type), type) as Promise<
    Extract<SocketEvent, { type: Type }>
  >;
}

/** Waits until the socket uses this transport. */
export async function reachTransport({ probe }: PageSocket, transport: string): Promise<void> {
  await probe.evaluate((probe, transport) => probe.until(() => probe.transport === transport), transport);
}

/** The types of all events but messages, in order. */
export function eventTypes({ probe }: PageSocket): Promise<string[]> {
  return probe.evaluate(({ events }) => events.map(({ type }) => type));
}
