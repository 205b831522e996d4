/** WebKitGTK, driven by its own WebDriver (W3C WebDriver over HTTP), on a screen that nobody sees (Xvfb). */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startProgram } from './process.mjs';

const HOST = '127.0.0.1';

/** Until the driver listens, or a page has loaded, how often it is asked, in ms, and for how long. */
const ASK_AGAIN_AFTER_MS = 50;
const START_TIMEOUT_MS = 30_000;

/** The driver comes back from a navigation before, where the machine is slow. */
const HAS_LOADED = `document.readyState === 'complete' && location.href !== 'about:blank'`;

/**
 * @param {{ driver: string, browser: string, screen: string }} paths of the programs: WebKitWebDriver, MiniBrowser, Xvfb
 * @returns {Promise<import('./engine.ts').Browser>}
 */
export async function launchWebKit({ driver, browser, screen }) {
  const xvfb = await startProgram(
    screen,
    ['-displayfd', '1', '-screen', '0', '800x600x24', '-nolisten', 'tcp'],
    {
      said: /^(\d+)\n/m,
    },
  );
  const port = await freePort();
  const webDriver = await startProgram(driver, [`--port=${port}`], {
    environment: { DISPLAY: `:${xvfb.match[1]}`, GDK_BACKEND: 'x11', GSETTINGS_BACKEND: 'memory' },
  });
  const end = async () => {
    await webDriver.end();
    await xvfb.end();
  };
  const command = commandsTo(`http://${HOST}:${port}`);
  /** A session is a browser of its own, with cookies and storage of its own. */
  const begin = () =>
    command('POST', '/session', {
      capabilities: {
        alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } },
      },
    });
  try {
    await succeeds(() => command('GET', '/status'));
    const { sessionId, capabilities } = await begin();
    await command('DELETE', `/session/${sessionId}`);
    return {
      version: capabilities.browserVersion,
      async open(url) {
        const { sessionId } = await begin();
        const session = `/session/${sessionId}`;
        /** @param {string} expression */
        const evaluate = async (expression) => {
          const script = `return JSON.stringify(${expression})`;
          return JSON.parse(await command('POST', `${session}/execute/sync`, { script, args: [] }));
        };
        await command('POST', `${session}/url`, { url });
        await succeeds(async () => {
          if (!(await evaluate(HAS_LOADED))) throw new Error(`${url} does not load`);
        });
        return { evaluate, close: () => command('DELETE', session) };
      },
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @param {string} base */
function commandsTo(base) {
  /**
   * @param {'GET' | 'POST' | 'DELETE'} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>} `any`: what an answer holds is the command's to say
   * @throws {Error} with what the driver says
   */
  return async (method, path, body) => {
    const response = await fetch(`${base}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = /** @type {{ value: any }} */ (await response.json());
    if (!response.ok) throw new Error(`${method} ${path}: ${value?.error} ${value?.message}`);
    return value;
  };
}

/** @param {() => Promise<unknown>} act is repeated until it does, or time is up */
async function succeeds(act) {
  const latest = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      if (performance.now() > latest) throw error;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS));
    }
  }
}

/** The driver does not tell a port that it would choose: one that the system gives, and that is given back. */
async function freePort() {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
