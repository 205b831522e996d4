/**
 * One HTTP request and its response: read from the client, spoken to the server, and back.
 *
 * Forwarding streams: a chunk goes on in the moment it comes. An abort at one end is an abort at the other. The faults
 * of bodies and responses have their places here; how the server is spoken to is the server side's.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { CutHow, Fault } from './types.ts'
 * @import { Answer } from './answers.mjs'
 * @import { Connection } from './connection.mjs'
 * @import { World } from './exchange.mjs'
 * @import { Plan } from './rule-list.mjs'
 */
import { captivePortal, plain, refusal } from './answers.mjs';
import { endSocket } from './connection.mjs';
import { Exchange, HEAD_BYTES } from './exchange.mjs';
import { holdAll, holdLast } from './filters.mjs';
import { Flow, writeTo } from './flow.mjs';
import { writeResponseHead } from './response-head.mjs';
import { ServerSide } from './server-side.mjs';

export class HttpExchange extends Exchange {
  #incoming;
  #response;
  #server;
  /** What the response's filter keeps back, so that a change of other rules leaves it in peace. */
  /** @type {'hold' | 'hold-last-chunk' | undefined} */
  #holding;
  /** The response's head waits for its body. */
  #holdsHead = false;
  #up;
  #down;

  /**
   * @param {World} world
   * @param {Connection} connection
   * @param {IncomingMessage} incoming
   * @param {ServerResponse} response
   */
  constructor(world, connection, incoming, response) {
    super(world, connection, incoming);
    this.#incoming = incoming;
    this.#response = response;
    this.#server = this.#createServerSide();
    const onMoved = () => this.touch();
    this.#up = new Flow({
      direction: 'up',
      lane: this.upLane,
      write: (chunk) => this.#writeUp(chunk),
      end: () => this.#server.finish(),
      onMoved,
    });
    this.#down = new Flow({
      direction: 'down',
      lane: this.downLane,
      write: (chunk) => this.#writeDown(chunk),
      end: () => void response.end(),
      onMoved,
    });
    this.flows = [this.#up, this.#down];
    response.on('close', () => this.#onClientClosed());
    response.on('error', () => {});
    incoming.on('error', () => {});
  }

  /** @override @protected */
  forward() {
    const limit = this.plan.get('limit-body');
    if (limit !== undefined && Number(this.#incoming.headers['content-length'] ?? 0) > limit.kib * 1024) {
      this.#refuseBody(limit.status);
      return;
    }
    const cut = this.plan.get('cut-up');
    if (cut !== undefined) {
      this.#up.setBudget(cut.bytes, () => {
        this.record.mark('cut-up');
        this.hurt(cut.how);
      });
    }
    const held = this.#server.needsWholeBody;
    if (held) this.#up.setFilter(holdAll(() => {}));
    this.#up.begin(() => this.inTurn(() => this.#open()), {
      bytes: HEAD_BYTES,
      extraMs: this.setupMs,
      held,
    });
    this.#incoming.on('data', (/** @type {Buffer} */ chunk) => this.#countBody(chunk));
    this.#up.attach(this.#incoming);
  }

  /** @override @protected */
  swallow() {
    this.#incoming.resume();
  }

  /** @override @protected @param {Fault} fault */
  settleAlone(fault) {
    this.#incoming.resume();
    const act = () => {
      this.record.mark(fault.type);
      if (fault.type === 'refuse') this.#answer(refusal(/** @type {any} */ (fault)));
      else if (fault.type === 'captive') this.#answer(captivePortal(/** @type {any} */ (fault)));
      else if (fault.type === 'reset') this.hurt('reset');
      else if (fault.type === 'lose-request') this.hurt('end');
    };
    const afterHead = () => this.upLane.push(act, HEAD_BYTES, this.setupMs);
    if (fault.type === 'lose-request') this.#incoming.on('end', afterHead);
    else afterHead();
  }

  /** @override @protected @param {Plan} plan */
  obeyOwn(plan) {
    const holding = /** @type {const} */ (['hold', 'hold-last-chunk']).find((type) => plan.get(type));
    this.#holdsHead = plan.get('hold')?.head === 'held';
    if (holding === this.#holding) return;
    this.#holding = holding;
    if (holding === undefined) this.#down.setFilter(undefined);
    else {
      const hold = holding === 'hold' ? holdAll : holdLast;
      this.#down.setFilter(hold(() => this.record.mark(holding)));
    }
  }

  /** @override @protected @param {Answer} answer */
  onTimeLimit(answer) {
    this.#answer(answer);
    this.endUpstream('end');
  }

  /** @override @protected @param {CutHow} how */
  endClient(how) {
    endSocket(this.#incoming.socket, how);
  }

  /** @override @protected @param {CutHow} how */
  endUpstream(how) {
    this.#server.close(how);
  }

  #createServerSide() {
    const ways = { agent: this.connection.agent, connect: this.world.connectUpstream };
    return new ServerSide(this.#incoming, this.plan, ways, {
      onAnswer: (answer) => this.#onAnswer(answer),
      onContinue: () => this.downLane.push(() => this.#writeContinue()),
      onGone: () => this.#onUpstreamGone('reset'),
      onTwice: () => this.#onTwice(),
      mayEnd: () => !this.vanished,
    });
  }

  #open() {
    if (this.plan.get('http10') !== undefined) this.record.mark('http10');
    return this.#server.open();
  }

  #onTwice() {
    const aborted = this.#response.destroyed && !this.#response.writableFinished;
    if (aborted || this.vanished) return false;
    this.record.mark('twice');
    return true;
  }

  /** @param {Buffer} chunk */
  #countBody(chunk) {
    this.#server.count(chunk);
    const limit = this.plan.get('limit-body');
    if (limit === undefined || this.#server.receivedBytes <= limit.kib * 1024) return;
    if (this.#up.state !== 'passing') return;
    this.#refuseBody(limit.status);
    this.endUpstream('end');
  }

  /** @param {number} status */
  #refuseBody(status) {
    this.record.mark('limit-body');
    for (const flow of this.flows) flow.close();
    // Reading on lets a client that is still sending hear the answer.
    this.#incoming.resume();
    this.upLane.push(() => this.#answer(plain(status)), HEAD_BYTES, this.setupMs);
  }

  /** @param {IncomingMessage} answer */
  #onAnswer(answer) {
    this.touch();
    if (this.vanished) {
      answer.resume();
      return;
    }
    const lose = this.plan.get('lose-response');
    if (lose !== undefined) {
      this.#lose(answer, lose.once);
      return;
    }
    const cut = this.plan.get('cut-down');
    if (cut !== undefined) {
      this.#down.setBudget(cut.bytes, () => {
        this.record.mark('cut-down');
        this.hurt(cut.how);
      });
    }
    this.#down.begin(() => this.#writeHead(answer), { bytes: HEAD_BYTES, held: this.#holdsHead });
    this.#down.attach(answer);
    answer.on('close', () => {
      if (!answer.complete) this.#onUpstreamGone('end');
    });
  }

  /**
   * @param {IncomingMessage} answer
   * @param {'head' | 'chunk' | 'end'} once
   */
  #lose(answer, once) {
    const lost = () => {
      if (this.#response.destroyed) return;
      this.record.mark('lose-response');
      this.hurt('end');
    };
    answer.resume();
    if (once === 'head') lost();
    else {
      if (once === 'chunk') answer.once('data', lost);
      answer.once('close', lost);
    }
  }

  /** @param {IncomingMessage} answer */
  #writeHead(answer) {
    if (this.#response.headersSent || this.#response.destroyed) return;
    this.record.answered(answer.statusCode ?? 0);
    writeResponseHead(this.#response, answer);
  }

  #writeContinue() {
    if (!this.#response.headersSent && !this.#response.destroyed) this.#response.writeContinue();
  }

  /** @param {Buffer} chunk */
  #writeUp(chunk) {
    this.record.addUp(chunk.length);
    return this.#server.write(chunk);
  }

  /** @param {Buffer} chunk */
  #writeDown(chunk) {
    this.record.addDown(chunk.length);
    return writeTo(this.#response, chunk);
  }

  /**
   * An answer of the proxy's own, or, where the server's has begun, the end of the connection.
   *
   * @param {Answer} answer
   */
  #answer({ status, headers, body }) {
    for (const flow of this.flows) flow.close();
    this.record.conclude('hurt by proxy');
    this.downLane.push(() => {
      if (this.#response.destroyed) return;
      if (this.#response.headersSent) {
        this.endClient('end');
        return;
      }
      this.record.answered(status);
      this.record.addDown(Buffer.byteLength(body));
      this.#response.writeHead(status, headers.flat());
      this.#response.end(body);
    }, HEAD_BYTES);
  }

  /**
   * The server's side ended before its answer did: the client gets what came, and the same end.
   *
   * @param {CutHow} how
   */
  #onUpstreamGone(how) {
    if (this.vanished) return;
    this.record.conclude('aborted by server');
    this.#down.finish(() => this.endClient(how));
  }

  #onClientClosed() {
    const completed = this.#response.writableFinished;
    this.record.conclude(completed ? 'completed' : 'aborted by client');
    this.end();
    if (completed || this.vanished) {
      this.leave();
      return;
    }
    this.#down.vanish();
    this.upLane.push(() => {
      this.endUpstream('end');
      this.leave();
    });
  }
}
