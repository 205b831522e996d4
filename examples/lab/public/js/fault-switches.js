/**
 * The switches: what the visitor does to the network, sent to the server outside Holdfast, so that they work when
 * nothing else does.
 */
import { element } from './page.js';

/** @import { Connection } from './connection.js' */
/** @import { Identity } from './identity.js' */
/** @import { NetworkLog } from './network-log.js' */
/** @import { PathDiagram } from './path-diagram.js' */

/**
 * @typedef {object} Switches
 * @property {'pass' | 'refuse' | 'swallow' | 'silence'} upgrade
 * @property {boolean} holdResponses
 * @property {boolean} refuseFetch
 */

/** How long the server leaves the cable out, in seconds. */
const CABLE_OUT_S = 10;

/** @type {Record<Switches['upgrade'], string>} */
const UPGRADE_NOTES = {
  pass: 'You let the handshake pass',
  refuse: 'You refuse the handshake with 403',
  swallow: 'You swallow the handshake: no answer, ever',
  silence: 'You answer 101, then keep silent',
};

export class FaultSwitches {
  #identity;
  #log;
  #path;
  /** @type {Switches} */
  #switches = { upgrade: 'pass', holdResponses: false, refuseFetch: false };
  #cable = element('pull-cable', HTMLButtonElement);
  #cableLabel = /** @type {Element} */ (this.#cable.lastElementChild);
  /** Seconds until the cable is back; 0 while it is in. */
  #cableSeconds = 0;

  /**
   * @param {object} parts
   * @param {Connection} parts.connection
   * @param {Identity} parts.identity
   * @param {NetworkLog} parts.log
   * @param {PathDiagram} parts.path
   */
  constructor({ connection, identity, log, path }) {
    this.#identity = identity;
    this.#log = log;
    this.#path = path;
    element('upgrade-fate', HTMLFieldSetElement).addEventListener('change', (event) => {
      const upgrade = /** @type {Switches['upgrade']} */ (
        /** @type {HTMLInputElement} */ (event.target).value
      );
      void this.#set({ upgrade }, UPGRADE_NOTES[upgrade]);
    });
    onSwitch('hold-responses', (holdResponses) =>
      this.#set(
        { holdResponses },
        holdResponses ? 'You hold streamed responses back' : 'You let responses stream',
      ),
    );
    onSwitch('refuse-fetch', (refuseFetch) =>
      this.#set({ refuseFetch }, refuseFetch ? 'You refuse fetch with 403' : 'You let fetch pass'),
    );
    for (const button of document.querySelectorAll('[data-action="cut"]')) {
      button.addEventListener('click', () => void this.#order({ action: 'cut' }, 'You cut every connection'));
    }
    this.#cable.addEventListener('click', () => void this.#pullCable());
    connection.onTopic('lab', (type, body) => {
      // A server that has just started knows nothing of what this page has switched.
      if (type === 'welcome' && body['isNew'] === true && this.#isTampered)
        void this.#order({ switches: this.#switches }, '');
    });
  }

  get isCableOut() {
    return this.#cableSeconds > 0;
  }

  get #isTampered() {
    const { upgrade, holdResponses, refuseFetch } = this.#switches;
    return upgrade !== 'pass' || holdResponses || refuseFetch;
  }

  /** @param {Partial<Switches>} change @param {string} note */
  async #set(change, note) {
    this.#switches = { ...this.#switches, ...change };
    this.#showObstacles();
    await this.#order({ switches: this.#switches }, note);
  }

  async #pullCable() {
    if (this.isCableOut) return;
    if (!(await this.#order({ action: 'pull-cable' }, `You pull the cable for ${CABLE_OUT_S} s`))) return;
    this.#cableSeconds = CABLE_OUT_S;
    this.#showCable();
    const timer = setInterval(() => {
      this.#cableSeconds -= 1;
      this.#showCable();
      if (this.isCableOut) return;
      clearInterval(timer);
      this.#log.note('The cable is back');
    }, 1000);
  }

  #showCable() {
    const isOut = this.isCableOut;
    this.#cable.classList.toggle('is-on', isOut);
    this.#cable.setAttribute('aria-disabled', String(isOut));
    this.#cableLabel.textContent = isOut ? `Back in ${this.#cableSeconds} s` : `Pull cable ${CABLE_OUT_S} s`;
    this.#showObstacles();
  }

  #showObstacles() {
    this.#path.showObstacles(this.#switches, this.isCableOut);
  }

  /**
   * @param {{ switches: Switches } | { action: string }} order
   * @param {string} note what the log says; nothing if empty
   * @returns {Promise<boolean>} whether the server has done it
   */
  async #order(order, note) {
    if (note !== '') this.#log.note(note);
    try {
      const response = await fetch('/lab/faults', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ visitor: this.#identity.visitor, ...order }),
      });
      if (!response.ok) this.#log.note(`The lab refused: ${(await response.text()).trim()}`);
      return response.ok;
    } catch {
      this.#log.note('The lab does not answer');
      return false;
    }
  }
}

/** @param {string} id @param {(isOn: boolean) => Promise<void>} onChange */
function onSwitch(id, onChange) {
  const input = element(id, HTMLInputElement);
  input.addEventListener('change', () => void onChange(input.checked));
}
