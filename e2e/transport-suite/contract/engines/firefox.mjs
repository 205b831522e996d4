/** Firefox, driven by WebDriver BiDi, which it speaks by itself over a WebSocket. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startProgram, temporaryFolder } from './process.mjs';

/** Nothing is fetched but what a test opens, and the browser's own pages do not get in the way. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  // Gives pages `TestUtils.gc`: of itself Firefox collects what scripts and the platform hold together when it is idle, and so perhaps not in time.
  'dom.testing.testutils.enabled': true,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.proxy.type': 0,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  // As an address bar has it, a WebSocket that fails makes the next to the same server wait: here it is the clauses that let them fail.
  'network.websocket.delay-failed-reconnects': false,
};

/**
 * @param {string} path of the program
 * @returns {Promise<import('./engine.ts').Browser>}
 */
export async function launchFirefox(path) {
  const profile = temporaryFolder();
  const preferences = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile.path, 'user.js'), preferences.join(''));
  const args = [
    '--headless',
    '--no-remote',
    '--profile',
    profile.path,
    '--remote-debugging-port',
    '0',
    'about:blank',
  ];
  const { match, end } = await startProgram(path, args, { said: /WebDriver BiDi listening on (ws:\S+)/ });
  try {
    const session = await BidiSession.connect(`${match[1]}/session`);
    const { capabilities } = await session.command('session.new', { capabilities: {} });
    return {
      version: capabilities.browserVersion,
      async open(url) {
        const { userContext } = await session.command('browser.createUserContext', {});
        const { context } = await session.command('browsingContext.create', { type: 'tab', userContext });
        await session.command('browsingContext.navigate', { context, url, wait: 'complete' });
        return {
          async evaluate(expression) {
            const { result, exceptionDetails } = await session.command('script.evaluate', {
              expression: `JSON.stringify(${expression})`,
              target: { context },
              awaitPromise: false,
            });
            if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
            return JSON.parse(result.value);
          },
          close: () => session.command('browser.removeUserContext', { userContext }),
        };
      },
      async close() {
        session.close();
        await end();
        profile.remove();
      },
    };
  } catch (error) {
    await end();
    profile.remove();
    throw error;
  }
}

/** Commands and their answers; events are passed over. */
class BidiSession {
  #socket;
  #id = 0;
  /** @type {Map<number, (answer: any) => void>} `any`: what an answer holds is the command's to say */
  #waiting = new Map();

  /** @param {string} url */
  static async connect(url) {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    return new BidiSession(socket);
  }

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data));
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    socket.on('close', () => {
      for (const resolve of this.#waiting.values()) resolve({ error: 'the browser is gone' });
    });
  }

  /**
   * @param {string} method
   * @param {object} params
   * @returns {Promise<any>} as above
   */
  async command(method, params) {
    const id = ++this.#id;
    const answered = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error, message } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error} ${message ?? ''}`);
    return result;
  }

  close() {
    this.#socket.close();
  }
}
