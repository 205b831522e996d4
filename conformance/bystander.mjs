/** A client beside hostile ones: sends a message when the last one has come back, and remembers what took longest. */
import { RawConnection } from './raw-connection.mjs';
import { textLine } from './transcript.mjs';
import { close, handshake, text } from './wire.mjs';

/** After so long without an echo it gives up. */
const ECHO_TIMEOUT_MS = 20_000;

/** Between two messages, so that bystanders watch and do not compete. */
const PAUSE_MS = 5;

export class Bystander {
  echoes = 0;
  slowestMs = 0;
  isLost = false;
  isStopping = false;
  /** @type {Promise<void>} */
  running;

  /** @param {RawConnection} connection */
  constructor(connection) {
    this.connection = connection;
    this.running = this.run();
  }

  /** @param {number} port */
  static async start(port) {
    const connection = await RawConnection.open(port);
    await connection.write(handshake());
    await connection.until(() => connection.lines.length === 1, AbortSignal.timeout(ECHO_TIMEOUT_MS));
    return new Bystander(connection);
  }

  /** Says goodbye properly. */
  async stop() {
    this.isStopping = true;
    await this.running;
    const { echoes, slowestMs, isLost, connection } = this;
    if (!isLost) {
      await connection.write(close(1000));
      await connection.until(() => false, AbortSignal.timeout(ECHO_TIMEOUT_MS));
    }
    connection.dispose();
    return { echoes, slowestMs, isLost: isLost || connection.lines.slice(-2).join() !== 'close 1000,end' };
  }

  async run() {
    const { connection } = this;
    while (!this.isStopping) {
      const startMs = performance.now();
      const message = `bystander ${this.echoes}`;
      const before = connection.lines.length;
      await connection.write(text(message));
      await connection.until(() => connection.lines.length > before, AbortSignal.timeout(ECHO_TIMEOUT_MS));
      if (connection.lines[before] !== textLine(message)) {
        this.isLost = true;
        return;
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
      this.echoes++;
      connection.lines.length = 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
