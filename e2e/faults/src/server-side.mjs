/**
 * An HTTP exchange's side to the server: opens the request, writes its body, ends it; sends it a second time where
 * that is in store.
 *
 * Hands answers out as they come and knows nothing of what becomes of them.
 *
 * @import { Agent, ClientRequest, IncomingMessage } from 'node:http'
 * @import { Socket } from 'node:net'
 * @import { CutHow } from './types.ts'
 * @import { Plan } from './rule-list.mjs'
 */
import { finished } from 'node:stream/promises';
import { writeTo } from './flow.mjs';
import { pairs } from './raw-headers.mjs';
import { endRequest, openHttp10Request, openRequest, whenHeard } from './upstream-request.mjs';

/**
 * @typedef {object} ServerEvents
 * @property {(answer: IncomingMessage) => void} onAnswer the answer that is meant for the client has begun
 * @property {() => void} onContinue the server wants the body
 * @property {() => void} onGone the server's side failed without that answer
 * @property {() => boolean} onTwice the request goes out again, if this says so
 * @property {() => boolean} mayEnd whether the server may learn that the client has gone
 */

export class ServerSide {
  /** Body bytes that came from the client. */
  receivedBytes = 0;

  /** The request to the server; a second one when it is sent twice. */
  /** @type {ClientRequest[]} */
  #outgoing = [];
  /** The client's body, kept only where it is sent again. */
  /** @type {Buffer[]} */
  #body = [];
  #incoming;
  #plan;
  #agent;
  #connect;
  #events;

  /**
   * @param {IncomingMessage} incoming
   * @param {Plan} plan
   * @param {{ agent: Agent, connect: () => Socket }} ways the connection that is kept, and how to get others
   * @param {ServerEvents} events
   */
  constructor(incoming, plan, { agent, connect }, events) {
    this.#incoming = incoming;
    this.#plan = plan;
    this.#agent = agent;
    this.#connect = connect;
    this.#events = events;
  }

  /** The request cannot be opened before its whole body is there: HTTP/1.0 has to name the length first. */
  get needsWholeBody() {
    return this.#speaksHttp10 && this.#incoming.headers['transfer-encoding'] !== undefined;
  }

  /** @returns {Promise<void>} resolves when the server has heard the request */
  open() {
    const outgoing = this.#speaksHttp10
      ? openHttp10Request(this.#incoming, this.#connect, this.#bodyBytes())
      : openRequest(this.#incoming, { agent: this.#agent });
    const twice = this.#plan.get('twice');
    this.#use(outgoing, twice?.respond !== 'second');
    const heard = whenHeard(outgoing);
    if (twice !== undefined) {
      const complete = [heard, finished(this.#incoming, { writable: false })];
      Promise.all(complete).then(
        () => this.#sendAgain(twice.respond === 'second'),
        // The client went away in the middle: there is nothing whole to send again.
        () => {},
      );
    }
    return heard;
  }

  /**
   * Sees the body as it comes in, before anything happens to it.
   *
   * @param {Buffer} chunk
   */
  count(chunk) {
    this.receivedBytes += chunk.length;
    if (this.#plan.get('twice') !== undefined) this.#body.push(chunk);
  }

  /** @param {Buffer} chunk */
  write(chunk) {
    const [outgoing] = this.#outgoing;
    return outgoing && writeTo(outgoing, chunk);
  }

  /** The body is complete. */
  finish() {
    const [outgoing] = this.#outgoing;
    const { rawTrailers } = this.#incoming;
    if (rawTrailers.length > 0) outgoing?.addTrailers(pairs(rawTrailers));
    outgoing?.end();
  }

  /** @param {CutHow} how */
  close(how) {
    for (const outgoing of this.#outgoing) endRequest(outgoing, how);
  }

  /** A client of HTTP/1.0 is spoken for in HTTP/1.0. */
  get #speaksHttp10() {
    return this.#plan.get('http10') !== undefined || this.#incoming.httpVersion === '1.0';
  }

  #bodyBytes() {
    const { 'content-length': length, 'transfer-encoding': coding } = this.#incoming.headers;
    return coding === undefined ? Number(length ?? 0) : this.receivedBytes;
  }

  /** @param {boolean} answers whether the client gets this request's answer */
  #sendAgain(answers) {
    if (!this.#events.onTwice()) return;
    const again = openRequest(this.#incoming, { connect: this.#connect });
    this.#use(again, answers);
    again.end(Buffer.concat(this.#body));
    const heard = whenHeard(again);
    // The other answer may hang longer than this exchange; it must not outlive the client.
    const { socket } = this.#incoming;
    const onClientGone = () => void heard.then(() => this.#events.mayEnd() && this.close('end'));
    socket.on('close', onClientGone);
    again.on('close', () => socket.off('close', onClientGone));
  }

  /**
   * @param {ClientRequest} outgoing
   * @param {boolean} answers
   */
  #use(outgoing, answers) {
    this.#outgoing.push(outgoing);
    outgoing.flushHeaders();
    outgoing.on('continue', () => this.#events.onContinue());
    outgoing.on('response', (answer) => {
      answer.on('error', () => {});
      if (answers) this.#events.onAnswer(answer);
      else answer.resume();
    });
    outgoing.on('error', () => answers && this.#events.onGone());
  }
}
