/** The server under test: its ports, connections to it, and how many it has. */
import { ExaminedProcess } from './examined-process.mjs';
import { RawConnection } from './raw-connection.mjs';

/** @typedef {{ connections: number, memoryBytes: number }} Load */

export class ServerProcess extends ExaminedProcess {
  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {Readonly<Record<string, number>>} ports by the name of the endpoint
   */
  constructor(child, ports) {
    super(child);
    this.ports = ports;
  }

  /** @param {string} peer `holdfast` or `ws` */
  static async start(peer) {
    const { child, said } = await ExaminedProcess.fork('echo-server.mjs', peer);
    return new ServerProcess(child, said.ports);
  }

  /** @param {string} endpoint */
  portOf(endpoint) {
    const port = this.ports[endpoint];
    if (port === undefined) throw new Error(`There is no endpoint ${endpoint}`);
    return port;
  }

  /**
   * Connects, and asks as the case does.
   *
   * @param {import('./case.mjs').Case} testCase
   * @param {import('./case.mjs').Opening} opening
   * @param {string} path
   */
  async open({ endpoint = 'echo', extensions }, opening, path) {
    const connection = await RawConnection.open(this.portOf(endpoint), opening.newReader());
    await connection.write(opening.request(path, extensions));
    return connection;
  }

  /**
   * How many sockets the application has, and the resident set in bytes.
   *
   * @returns {Promise<Load>}
   */
  load() {
    return this.ask('load');
  }
}
