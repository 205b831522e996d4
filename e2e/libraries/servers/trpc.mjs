/** A server of tRPC's ws adapter, as its documentation has it: a query, a mutation that subscribers hear of, a subscription. */
import { EventEmitter, on } from 'node:events';
import { createServer } from 'node:http';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer } from 'ws';
import { listen } from './listen.mjs';

const said = new EventEmitter();
const { procedure, router } = initTRPC.create();

const appRouter = router({
  shout: procedure.input(String).query(({ input }) => input.toUpperCase()),
  say: procedure.input(String).mutation(({ input }) => said.emit('word', input)),
  words: procedure.subscription(async function* words({ signal }) {
    const words = on(said, 'word', signal === undefined ? {} : { signal });
    yield 'listening';
    for await (const [word] of words) yield String(word);
  }),
});
/** @typedef {typeof appRouter} AppRouter */

const server = createServer();
applyWSSHandler({ wss: new WebSocketServer({ server }), router: appRouter });
await listen(server);
