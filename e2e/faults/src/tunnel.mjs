/**
 * One upgraded connection: the handshake's bytes and everything after them, unread and unchanged, both ways.
 *
 * An answer that refuses the upgrade comes through the same tunnel. A half-close travels as a half-close, a reset as a
 * reset. After a silence or in a half-open connection the ends stay open, and learn nothing of each other.
 *
 * @import { IncomingMessage } from 'node:http'
 * @import { Socket } from 'node:net'
 * @import { CutHow, Fault } from './types.ts'
 * @import { Answer } from './answers.mjs'
 * @import { Connection } from './connection.mjs'
 * @import { World } from './exchange.mjs'
 * @import { Plan } from './rule-list.mjs'
 */
import { answerBytes, captivePortal, refusal, switchingProtocols } from './answers.mjs';
import { endSocket } from './connection.mjs';
import { Exchange, HEAD_BYTES } from './exchange.mjs';
import { Flow, writeTo } from './flow.mjs';
import { HandshakeFilter } from './handshake-filter.mjs';
import { handshakeBytes, SETTLE_MS } from './upstream-request.mjs';

export class Tunnel extends Exchange {
  #handshake;
  #client;
  /** What came right behind the handshake. */
  #behind;
  /** @type {Socket | undefined} */
  #upstream;
  /** The client has an answer's head, or a part of it. */
  #answered = false;
  #watch = new HandshakeFilter(
    (status, headBytes) => this.#onHead(status, headBytes),
    () => this.#onSilent(),
  );
  /** The client hears nothing more, not even an end. */
  #silent = false;
  #up;
  #down;

  /**
   * @param {World} world
   * @param {Connection} connection
   * @param {IncomingMessage} handshake
   * @param {Buffer} behind
   */
  constructor(world, connection, handshake, behind) {
    super(world, connection, handshake);
    const client = connection.socket;
    this.#handshake = handshake;
    this.#client = client;
    this.#behind = behind;
    const onMoved = () => this.touch();
    this.#up = new Flow({
      direction: 'up',
      lane: this.upLane,
      write: (chunk) => this.#writeUp(chunk),
      end: () => void this.#upstream?.end(),
      onMoved,
    });
    this.#down = new Flow({
      direction: 'down',
      lane: this.downLane,
      write: (chunk) => this.#writeDown(chunk),
      end: () => this.#endDown(),
      onMoved,
    });
    this.#down.setFilter(this.#watch);
    this.flows = [this.#up, this.#down];
    client.on('error', () => {});
    // Whoever hangs up a dead line hangs up: only the server must not hear of it.
    client.on('end', () => this.vanished && client.destroy());
    client.on('close', (hadError) => this.#onClientClosed(hadError));
  }

  /** @override @protected */
  forward() {
    const cut = this.plan.get('cut-up');
    if (cut !== undefined) this.#cutAfter(this.#up, 'cut-up', cut.bytes, cut.how);
    this.#up.begin(() => this.inTurn(() => this.#open()), { bytes: HEAD_BYTES, extraMs: this.setupMs });
    this.#up.push(this.#behind);
    this.#up.attach(this.#client);
  }

  /** @override @protected */
  swallow() {
    this.#client.resume();
    this.#client.on('end', () => this.#client.destroy());
  }

  /** @override @protected @param {Fault} fault */
  settleAlone(fault) {
    this.swallow();
    this.upLane.push(
      () => {
        this.record.mark(fault.type);
        if (fault.type === 'refuse') this.#answer(refusal(/** @type {any} */ (fault)));
        else if (fault.type === 'captive') this.#answer(captivePortal(/** @type {any} */ (fault)));
        else if (fault.type === 'reset') this.hurt('reset');
        else if (fault.type === 'lose-request') this.hurt('end');
        else if (fault.type === 'silence') this.#pretend();
      },
      HEAD_BYTES,
      this.setupMs,
    );
  }

  /** @override @protected @param {Plan} plan */
  obeyOwn(plan) {
    this.#watch.silentAfterFrames = plan.get('silence')?.afterFrames ?? Infinity;
    this.#watch.check();
  }

  /** @override @protected @param {Answer} answer */
  onTimeLimit(answer) {
    if (this.#answered) this.hurt('end');
    else {
      this.endUpstream('end');
      this.#answer(answer);
    }
  }

  /** @override @protected @param {CutHow} how */
  endClient(how) {
    endSocket(this.#client, how);
  }

  /** @override @protected @param {CutHow} how */
  endUpstream(how) {
    if (this.#upstream !== undefined) endSocket(this.#upstream, how);
  }

  /** @returns {Promise<void>} settles when the server has had time to read the handshake */
  #open() {
    const upstream = this.world.connectUpstream({ allowHalfOpen: true });
    this.#upstream = upstream;
    const changed = /** @type {const} */ (['http10', 'strip-upgrade']).find((type) => this.plan.get(type));
    if (changed !== undefined) this.record.mark(changed);
    upstream.on('close', (hadError) => this.#onUpstreamClosed(hadError));
    if (this.vanished) upstream.resume();
    else this.#down.attach(upstream);
    return new Promise((resolve) => {
      upstream.write(handshakeBytes(this.#handshake, changed), () => setTimeout(resolve, SETTLE_MS));
    });
  }

  /**
   * @param {number} status
   * @param {number} headBytes
   */
  #onHead(status, headBytes) {
    if (this.plan.get('lose-response') !== undefined) {
      this.record.mark('lose-response');
      this.hurt('end');
      return;
    }
    this.#answered = true;
    this.record.answered(status);
    const cut = this.plan.get('cut-down');
    if (cut !== undefined) this.#cutAfter(this.#down, 'cut-down', headBytes + cut.bytes, cut.how);
  }

  /**
   * @param {Flow} flow
   * @param {'cut-up' | 'cut-down'} type
   * @param {number} bytes
   * @param {CutHow} how
   */
  #cutAfter(flow, type, bytes, how) {
    flow.setBudget(bytes, () => {
      this.record.mark(type);
      this.hurt(how);
    });
  }

  #onSilent() {
    this.#silent = true;
    this.record.mark('silence');
    this.#up.mute();
  }

  /** Answers the handshake in the server's name, and never says another word. */
  #pretend() {
    this.#answered = true;
    this.downLane.push(() => {
      this.record.answered(101);
      this.#writeDown(switchingProtocols(this.#handshake.headers));
    }, HEAD_BYTES);
  }

  /** @param {Answer} answer */
  #answer(answer) {
    for (const flow of this.flows) flow.close();
    this.record.conclude('hurt by proxy');
    this.downLane.push(() => {
      this.record.answered(answer.status);
      this.record.addDown(Buffer.byteLength(answer.body));
      this.#client.end(answerBytes(answer));
    }, HEAD_BYTES);
  }

  /** @param {Buffer} chunk */
  #writeUp(chunk) {
    if (this.#upstream === undefined) return;
    this.record.addUp(chunk.length);
    return writeTo(this.#upstream, chunk);
  }

  /** @param {Buffer} chunk */
  #writeDown(chunk) {
    this.record.addDown(chunk.length);
    return writeTo(this.#client, chunk);
  }

  #endDown() {
    if (!this.#silent) this.#client.end();
  }

  /** @param {boolean} hadError */
  #onClientClosed(hadError) {
    // After a close from both sides the tunnel has done all it could.
    this.record.conclude(this.#client.readableEnded && !hadError ? 'completed' : 'aborted by client');
    this.end();
    if (this.vanished) {
      this.leave();
      return;
    }
    this.#down.vanish();
    this.upLane.push(() => {
      this.endUpstream(hadError ? 'reset' : 'end');
      this.leave();
    });
  }

  /** @param {boolean} hadError */
  #onUpstreamClosed(hadError) {
    if (this.vanished || this.#silent || !hadError) return;
    this.record.conclude('aborted by server');
    this.#down.finish(() => this.endClient('reset'));
  }
}
