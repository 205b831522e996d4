/** A room to talk in: what is typed is said, what is said is shown. */
import { type ReactElement, useState } from 'react';
import { useSocket } from './use-socket.ts';

export function Room(): ReactElement {
  const [messages, setMessages] = useState<readonly { id: number; text: string }[]>([]);
  const { transport, send } = useSocket('/socket', (text) =>
    setMessages((before) => [...before, { id: before.length, text }]),
  );
  const say = (form: FormData): void => send(String(form.get('text')));
  return (
    <main>
      <h1>A room, in React</h1>
      <p>
        Connected by <output id="transport">{transport ?? 'nothing'}</output>
      </p>
      <ol id="messages">
        {messages.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ol>
      <form action={say}>
        <input name="text" autoComplete="off" aria-label="Say something" required />
        <button type="submit">Say</button>
      </form>
    </main>
  );
}
