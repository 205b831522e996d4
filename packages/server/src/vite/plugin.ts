/**
 * A plugin for Vite: the servers of `vite dev` and `vite preview` answer WebSockets, and their fallbacks, on one path of theirs. It
 * finds out what each of Vite's servers has (an HTTP server, a way to run modules, an end) and hands it to those who use it.
 */
import { resolve, sep } from 'node:path';
import { CLOSE_SERVICE_RESTART } from '@holdfast/protocol';
import type { DevEnvironment, EnvironmentModuleNode, Plugin, PreviewServer, ViteDevServer } from 'vite';
import type { ServerOptions } from '../server-options.ts';
import { Application, type ConnectionListener, type LoadListener } from './application.ts';
import { type HttpServer, JoinedServer } from './joined-server.ts';

/** Those of a WebSocketServer, but for where it listens, which is Vite's to decide. */
export interface HoldfastOptions
  extends Omit<
    ServerOptions,
    'port' | 'server' | 'noServer' | 'host' | 'backlog' | 'path' | 'clientTracking'
  > {
  /** Where sockets connect to, such as `/socket`. Vite's `base` is not put before it. Every other path stays Vite's. */
  readonly path: string;
  /**
   * The module of the application, from Vite's root, such as `./server/socket.ts`. It exports `onConnection` (a
   * {@link ConnectionListener}), and Vite runs it as it does a page's modules: TypeScript, aliases and all. When it, or something that it
   * imports, is changed, the sockets are closed with 1012; who connects again is served by the new one.
   */
  readonly module?: string | undefined;
  /** The application itself, in the place of `module`. Like all of Vite's config, it is changed by a restart. */
  readonly onConnection?: ConnectionListener | undefined;
}

/** @throws TypeError not exactly one of `module` and `onConnection`; a path that does not begin with a slash */
export function holdfast({ path, module, onConnection, ...options }: HoldfastOptions): Plugin {
  if (!path?.startsWith('/')) throw new TypeError('holdfast: "path" begins with a slash, as in "/socket"');
  if ((module === undefined) === (onConnection === undefined)) {
    throw new TypeError('holdfast: one and only one of "module" and "onConnection" must be specified');
  }
  const serverOptions: ServerOptions = { ...options, path };
  /** By what tells of changes and of the end: one plugin may be in several of Vite's servers, as while one restarts. */
  const joined = new WeakMap<DevEnvironment, JoinedServer>();

  /** Where the module is, as Vite writes paths. */
  const fileIn = (root: string): string =>
    resolve(root, module ?? '')
      .split(sep)
      .join('/');

  return {
    name: 'holdfast',
    apply: 'serve',

    configureServer({ config, httpServer, middlewares, environments: { ssr } }) {
      const load =
        onConnection === undefined ? loadWithRunner(ssr, fileIn(config.root)) : always(onConnection);
      const { https, allowedHosts } = config.server;
      const host = {
        httpServer: httpServer ?? parentServer(config.server.middlewareMode),
        middlewares,
        // As Vite itself: where there is TLS, the name is known to be right.
        allowedHosts: https === undefined ? allowedHosts : true,
      } as const;
      joined.set(ssr, new JoinedServer(host, serverOptions, new Application(load, config.logger)));
    },

    configurePreviewServer({ config, httpServer, middlewares }) {
      const load = onConnection === undefined ? loadOnce(config, fileIn(config.root)) : always(onConnection);
      const { https, allowedHosts } = config.preview;
      const host = {
        httpServer,
        middlewares,
        allowedHosts: https === undefined ? allowedHosts : true,
      } as const;
      const server = new JoinedServer(host, serverOptions, new Application(load, config.logger));
      httpServer.once('close', () => server.close());
    },

    hotUpdate({ modules }) {
      const file = fileIn(this.environment.config.root);
      if (module === undefined || !isImportedBy(file, modules)) return;
      joined.get(this.environment)?.closeSockets(CLOSE_SERVICE_RESTART, 'The application has changed');
    },

    /** Of each of the server's environments: the server is closed, or restarts. */
    closeBundle() {
      if (this.environment.mode === 'dev') joined.get(this.environment)?.close();
    },
  };
}

function always(listener: ConnectionListener): LoadListener {
  return () => Promise.resolve(listener);
}

/** Vite remembers what it has run, and runs what has changed since. */
function loadWithRunner(environment: DevEnvironment, file: string): LoadListener {
  if (!isRunnable(environment)) {
    throw new Error(
      'holdfast: Vite\'s "ssr" environment cannot run modules here: give "onConnection" instead of "module"',
    );
  }
  return async () => listenerOf(await environment.runner.import(file), file);
}

/** A preview has nothing that runs modules: Vite's one for config files does it, once. */
function loadOnce(config: PreviewServer['config'], file: string): LoadListener {
  let loading: Promise<ConnectionListener> | undefined;
  const load = async (): Promise<ConnectionListener> => {
    const { runnerImport } = await import('vite');
    const { root, resolve } = config;
    const { module } = await runnerImport<Record<string, unknown>>(file, {
      root,
      resolve: { alias: resolve.alias },
    });
    return listenerOf(module, file);
  };
  return () => {
    loading ??= load();
    return loading;
  };
}

/** @throws TypeError it exports no `onConnection` */
function listenerOf(exports: Record<string, unknown>, file: string): ConnectionListener {
  const { onConnection } = exports;
  if (typeof onConnection !== 'function') throw new TypeError(`${file} exports no function "onConnection"`);
  return onConnection as ConnectionListener;
}

/** In middleware mode Vite has no HTTP server of its own. @throws Error nor knows one */
function parentServer(mode: ViteDevServer['config']['server']['middlewareMode']): HttpServer {
  if (typeof mode === 'object') return mode.server;
  throw new Error(
    'holdfast: in middleware mode Vite must know the HTTP server that upgrades come to: set "server.middlewareMode" to { server }',
  );
}

interface Runnable extends DevEnvironment {
  readonly runner: { import(url: string): Promise<Record<string, unknown>> };
}

function isRunnable(environment: DevEnvironment): environment is Runnable {
  return 'runner' in environment;
}

/** Whether one of these modules is that file, or is imported by it, or by what it imports. */
function isImportedBy(file: string, changed: readonly EnvironmentModuleNode[]): boolean {
  const found = new Set(changed);
  // A set that grows while it is walked: what is added is still come to.
  for (const module of found) {
    if (module.file === file) return true;
    for (const importer of module.importers) found.add(importer);
  }
  return false;
}
