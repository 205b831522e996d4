/**
 * What carries the messages now: its name in large letters, how it got there, and whether something waits.
 */
import { formatCount, formatDuration } from './format.js';
import { element, setText } from './page.js';
import { titleOf } from './transports.js';

/** @import { Connection, ConnectionState } from './connection.js' */
/** @import { Counters } from './counters.js' */
/** @import { FaultSwitches } from './fault-switches.js' */
/** @import { PathDiagram } from './path-diagram.js' */

/** How often figures are read, in ms. What changes the transport is shown at once. */
const READ_MS = 400;

export class NetworkNow {
  #connection;
  #counters;
  #path;
  #switches;
  #label = element('now-label', HTMLElement);
  #transport = element('now-transport', HTMLElement);
  #facts = element('now-facts', HTMLElement);
  /** @type {ConnectionState} */
  #state = 'closed';
  #attachedInMs = 0;

  /**
   * @param {object} parts
   * @param {Connection} parts.connection
   * @param {Counters} parts.counters
   * @param {PathDiagram} parts.path
   * @param {FaultSwitches} parts.switches
   */
  constructor({ connection, counters, path, switches }) {
    this.#connection = connection;
    this.#counters = counters;
    this.#path = path;
    this.#switches = switches;
    connection.on('state', (state) => {
      this.#state = state;
      this.show();
    });
    connection.on('holdfast', ({ type, durationMs }) => {
      if (type === 'attached') this.#attachedInMs = durationMs ?? 0;
      // The socket changes its transport when the event has been heard.
      queueMicrotask(() => this.show());
    });
    element('open-anew', HTMLButtonElement).addEventListener('click', () => connection.openAnew());
    setInterval(() => this.show(), READ_MS);
  }

  show() {
    const transport = this.#state === 'open' ? this.#connection.transport : null;
    const [label, name] = this.#words(transport);
    document.body.dataset['transport'] = transport ?? 'none';
    setText(this.#label, label);
    setText(this.#transport, name);
    setText(this.#facts, this.#figures(transport));
    for (const each of document.querySelectorAll('[data-bind="transport-name"]')) setText(each, name);
    this.#path.show(transport);
  }

  /** @param {string | null} transport @returns {[label: string, name: string]} */
  #words(transport) {
    if (this.#state === 'opening') return ['No session yet', 'Opening'];
    if (this.#state === 'closed') return ['The session is gone', 'Trying again'];
    if (transport === null) return ['Session alive, nothing carries it', 'Holding on'];
    if (this.#switches.isCableOut) return ['The cable is out. Still attached over', titleOf(transport)];
    return ['Connected over', titleOf(transport)];
  }

  /** @param {string | null} transport */
  #figures(transport) {
    const stats = this.#connection.getStats();
    if (stats === undefined || this.#state !== 'open') return '';
    if (transport === null || this.#switches.isCableOut) {
      const { sent, received, lost } = this.#counters.up;
      const waiting = sent - received - lost;
      return waiting === 1 ? '1 message waits here' : `${formatCount(waiting)} messages wait here`;
    }
    const facts = [`attached in ${formatDuration(this.#attachedInMs)}`];
    if (stats.roundTripMs !== null) facts.push(`round trip ${formatDuration(stats.roundTripMs)}`);
    if (stats.migrations > 0) facts.push(`re-attached ${stats.migrations} ×`);
    if (stats.resent > 0) facts.push(`${stats.resent} resent`);
    return facts.join(' · ');
  }
}
