/** The page: what the room says is shown, what is typed is said. */
import { Room } from './room.ts';
import './title.ts';

const transport = document.querySelector('#transport') as HTMLOutputElement;
const messages = document.querySelector('#messages') as HTMLOListElement;
const form = document.querySelector('form') as HTMLFormElement;

const room = new Room('/socket');
room.onTransport = (name) => {
  transport.value = name ?? 'nothing';
};
room.onText = (text) => {
  const item = document.createElement('li');
  item.textContent = text;
  messages.append(item);
};

form.addEventListener('submit', (event) => {
  event.preventDefault();
  room.say(String(new FormData(form).get('text')));
  form.reset();
});
