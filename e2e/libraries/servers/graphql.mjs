/**
 * A server of graphql-ws, as its documentation has it: a query, a subscription that counts as far as it is told, one that
 * goes on until it is unsubscribed from, and one that fails. What is still running can be asked for.
 */

import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { listen } from './listen.mjs';

const TICK_MS = 10;

/** How many endless subscriptions have not been ended. */
let running = 0;

const count = { type: new GraphQLNonNull(GraphQLInt) };

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      running: { type: GraphQLInt, resolve: () => running },
      hello: { type: GraphQLString, resolve: () => 'world' },
    },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      count: {
        type: GraphQLInt,
        args: { to: count },
        async *subscribe(_source, { to }) {
          for (let number = 1; number <= to; number++) yield await Promise.resolve({ count: number });
        },
      },
      ticks: {
        type: GraphQLInt,
        async *subscribe() {
          running++;
          try {
            for (let ticks = 1; ; ticks++) {
              yield { ticks };
              await pause(TICK_MS);
            }
          } finally {
            running--;
          }
        },
      },
      failing: {
        type: GraphQLInt,
        async *subscribe() {
          yield await Promise.resolve({ failing: 1 });
          throw new Error('out of order');
        },
      },
    },
  }),
});

const server = createServer((_request, response) => {
  response.end('A server of graphql-ws');
});
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
await listen(server);
