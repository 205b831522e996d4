/**
 * Who is here: a row of initials, each with a dot in the colour of the transport that carries this person.
 */
import { element, make } from './page.js';
import { colourOf, titleOf } from './transports.js';

/** @import { Connection } from './connection.js' */
/** @import { Identity } from './identity.js' */

/** @typedef {{ person: number, name: string, colour: number, transport: string | null }} Person */

/** Initials that fit into the head of the page. */
const MAX_SHOWN = 6;

export class People {
  /** @type {Map<number, Person>} */
  #people = new Map();
  #list = element('people', HTMLUListElement);
  #identity;

  /** @param {Connection} connection @param {Identity} identity */
  constructor(connection, identity) {
    this.#identity = identity;
    connection.onTopic('people', (type, body) => {
      if (type === 'list') this.#show(/** @type {Person[]} */ (body['people']));
    });
  }

  /** @param {number} person */
  find(person) {
    return this.#people.get(person);
  }

  /** @param {Person[]} people */
  #show(people) {
    this.#people = new Map(people.map((each) => [each.person, each]));
    const shown = people.slice(0, MAX_SHOWN).map((each) => this.#makeItem(each));
    if (people.length > MAX_SHOWN)
      shown.push(make('li', 'person person-more', `+${people.length - MAX_SHOWN}`));
    this.#list.replaceChildren(...shown);
  }

  /** @param {Person} person */
  #makeItem({ person, name, colour, transport }) {
    const item = make('li', 'person');
    const initials = make('span', '', initialsOf(name));
    initials.setAttribute('aria-hidden', 'true');
    const you = person === this.#identity.person ? ' (you)' : '';
    const label = `${name}${you}, over ${titleOf(transport)}`;
    item.title = label;
    item.style.setProperty('--person', `var(--pen-${colour})`);
    item.style.setProperty('--carrier', `var(${colourOf(transport)})`);
    item.append(initials, make('span', 'visually-hidden', label));
    return item;
  }
}

/** @param {string} name */
function initialsOf(name) {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const letters =
    words.length > 1 ? [words[0], words[1]].map((word) => [...(word ?? '')][0]) : [...name].slice(0, 2);
  return letters.join('').toUpperCase();
}
