/**
 * The chat room. What the visitor writes shows at once, and turns from pale to full when the server's copy of it comes
 * back: so one sees a message wait for the network, and arrive.
 */
import { CHAT_HISTORY } from '../shared/limits.js';
import { formatTime } from './format.js';
import { element, make, scrollByKeys } from './page.js';

/** @import { Connection } from './connection.js' */
/** @import { Identity } from './identity.js' */

/** @typedef {{ id: number, person: number, name: string, colour: number, atMs: number, text: string }} ChatLine */

/** Pixels from the end within which the list follows new lines. */
const FOLLOW_WITHIN_PX = 60;

export class Chat {
  #connection;
  #identity;
  #list = element('chat-lines', HTMLOListElement);
  #name = element('name', HTMLInputElement);
  #text = element('chat-text', HTMLInputElement);
  #nextDraft = 1;
  /** Lines that the server has not confirmed, by draft. @type {Map<number, HTMLLIElement>} */
  #drafts = new Map();

  /** @param {Connection} connection @param {Identity} identity */
  constructor(connection, identity) {
    this.#connection = connection;
    this.#identity = identity;
    scrollByKeys(this.#list);
    this.#name.value = identity.name;
    this.#name.addEventListener('change', () => this.#rename());
    element('chat-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#say();
    });
    connection.onTopic('chat', (type, body) => this.#receive(type, body));
    connection.on('state', (state) => {
      this.#text.disabled = state !== 'open';
      if (state === 'closed') this.#loseDrafts();
    });
  }

  #rename() {
    const name = this.#name.value.trim();
    if (name !== '') this.#identity.name = name;
    this.#name.value = this.#identity.name;
    this.#connection.send('people', 'rename', { name: this.#identity.name, colour: this.#identity.colour });
  }

  #say() {
    const text = this.#text.value.trim();
    if (text === '') return;
    const draft = this.#nextDraft;
    if (this.#connection.send('chat', 'say', { text, draft }) === 0) return;
    this.#nextDraft += 1;
    this.#text.value = '';
    const { person, name, colour } = this.#identity;
    const item = this.#append({ id: 0, person, name, colour, atMs: 0, text });
    item.classList.add('chat-line-waiting');
    whenOf(item).textContent = 'sending';
    this.#drafts.set(draft, item);
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** @param {string} type @param {Record<string, unknown>} body */
  #receive(type, body) {
    if (type === 'history') {
      this.#list.replaceChildren();
      this.#drafts.clear();
      const lines = /** @type {ChatLine[]} */ (body['lines']);
      for (const line of lines) this.#append(line);
      if (lines.length === 0) this.#list.append(make('li', 'chat-empty', 'Nobody has said anything yet.'));
      this.#list.scrollTop = this.#list.scrollHeight;
    }
    if (type === 'line') this.#takeLine(/** @type {ChatLine} */ (body['line']), Number(body['draft']));
  }

  /** @param {ChatLine} line @param {number} draft */
  #takeLine(line, draft) {
    const own = this.#drafts.get(draft);
    this.#drafts.delete(draft);
    if (own === undefined) {
      const follows =
        this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < FOLLOW_WITHIN_PX;
      this.#append(line);
      if (follows) this.#list.scrollTop = this.#list.scrollHeight;
      return;
    }
    own.classList.remove('chat-line-waiting');
    whenOf(own).textContent = formatTime(line.atMs);
  }

  /** @param {ChatLine} line */
  #append({ person, name, colour, atMs, text }) {
    this.#list.querySelector('.chat-empty')?.remove();
    const speaker = `${person}/${name}`;
    const previous = /** @type {HTMLElement | null} */ (this.#list.lastElementChild);
    const item = make('li', 'chat-line');
    item.classList.toggle('chat-line-first', previous?.dataset['speaker'] !== speaker);
    item.dataset['speaker'] = speaker;
    item.style.setProperty('--person', `var(--pen-${colour})`);
    item.append(
      make('span', 'chat-who', name),
      make('span', 'chat-text', text),
      make('time', 'chat-when', formatTime(atMs)),
    );
    this.#list.append(item);
    while (this.#list.childElementCount > CHAT_HISTORY) this.#list.firstElementChild?.remove();
    return item;
  }

  /** The session is gone, and whether these arrived nobody can say until the history comes. */
  #loseDrafts() {
    for (const item of this.#drafts.values()) {
      item.classList.add('chat-line-lost');
      whenOf(item).textContent = 'not confirmed';
    }
    this.#drafts.clear();
  }
}

/** @param {HTMLElement} item @returns {Element} */
function whenOf(item) {
  return /** @type {Element} */ (item.lastElementChild);
}
