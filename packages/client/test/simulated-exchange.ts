/** Requests without a network: keeps what is sent, and answers as a test says. */
import type { Failure } from '../src/transports/client-transport.ts';
import type { Exchange, ExchangeHandler } from '../src/transports/http-request.ts';
import { readBody, writeBody } from './wire-bodies.ts';

/** The statement at the head of a request, as far as tests look at it. */
interface Statement {
  readonly session: string;
  readonly attach: number;
  readonly received: number | null;
  readonly answer: string;
  readonly holdMs?: number;
  readonly protocols?: readonly string[];
}

export class SimulatedRequest {
  readonly url: string;
  readonly statement: Statement;
  /** What the body holds beside the statement. */
  readonly messages: (string | Uint8Array)[];
  readonly bytes: number;
  aborted = false;
  private isOver = false;
  private readonly handler: ExchangeHandler;

  constructor(url: string, body: Uint8Array<ArrayBuffer>, handler: ExchangeHandler) {
    this.url = url;
    this.handler = handler;
    this.bytes = body.length;
    const [attach, ...messages] = readBody(body) as [string];
    this.statement = JSON.parse(attach.slice('~attach '.length));
    this.messages = messages;
  }

  // Aborted, it may go on: nobody listens.

  /** A piece of the answer. */
  says(...messages: readonly (string | Uint8Array)[]): void {
    this.sends(writeBody(...messages));
  }

  sends(bytes: Uint8Array): void {
    this.handler.onData(bytes);
  }

  ends(): void {
    this.isOver = true;
    this.handler.onEnd();
  }

  fails(failure: Failure = { reason: 'it broke', foreign: false }): void {
    this.isOver = true;
    this.handler.onFailed(failure);
  }

  abort(): void {
    this.aborted = !this.isOver;
  }

  /** The whole answer at once. */
  answers(...messages: readonly (string | Uint8Array)[]): void {
    this.says(...messages);
    this.ends();
  }
}

export class SimulatedExchange {
  readonly requests: SimulatedRequest[] = [];

  readonly exchange: Exchange = (url, body, handler) => {
    const request = new SimulatedRequest(url, body, handler);
    this.requests.push(request);
    return () => request.abort();
  };

  /** The latest that wants this answer. */
  the(answer: string): SimulatedRequest {
    return this.requests.filter(({ statement }) => statement.answer === answer).at(-1) as SimulatedRequest;
  }

  get answersWanted(): string[] {
    return this.requests.map(({ statement }) => statement.answer);
  }
}
