/**
 * Node's EventEmitter with the types of its events. Other events than those are allowed: applications emit their own. (The
 * types that Node has for this know neither others nor what `this` is in a listener.)
 */
import { EventEmitter } from 'node:events';

/** Names of events, with what their listeners get. */
type EventMap<Events> = Record<keyof Events, unknown[]>;

// biome-ignore lint/suspicious/noExplicitAny: what an application's own events hold is its own affair.
type OtherListener<This> = (this: This, ...values: any[]) => void;

type Listener<This, Values extends unknown[]> = (this: This, ...values: Values) => void;

export interface TypedEmitter<Events extends EventMap<Events>> extends EventEmitter {
  on<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  on(name: string | symbol, listener: OtherListener<this>): this;
  once<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  once(name: string | symbol, listener: OtherListener<this>): this;
  off<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  off(name: string | symbol, listener: OtherListener<this>): this;
  addListener<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  addListener(name: string | symbol, listener: OtherListener<this>): this;
  removeListener<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  removeListener(name: string | symbol, listener: OtherListener<this>): this;
  prependListener<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  prependListener(name: string | symbol, listener: OtherListener<this>): this;
  prependOnceListener<Name extends keyof Events>(name: Name, listener: Listener<this, Events[Name]>): this;
  prependOnceListener(name: string | symbol, listener: OtherListener<this>): this;
}

/** With the statics of Node's class. */
interface TypedEmitterClass extends Omit<typeof EventEmitter, 'prototype'> {
  new <Events extends EventMap<Events>>(): TypedEmitter<Events>;
}

export const TypedEmitter: TypedEmitterClass = EventEmitter;
