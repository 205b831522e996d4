/**
 * tRPC as it is installed: its ws adapter runs on @holdfast/server in the place of ws, its client in this process.
 */
import { fileURLToPath } from 'node:url';
import { WebSocket as HoldfastWebSocket } from '@holdfast/client';
import { catalogue } from '@holdfast/faults';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { WebSocket as WsWebSocket } from 'ws';
import { expect, test } from './library.ts';
import type { AppRouter } from './servers/trpc.mjs';

const SERVER = fileURLToPath(new URL('./servers/trpc.mjs', import.meta.url));

for (const { how, webSocketClass, fault } of [
  { how: 'a WebSocket of ws', webSocketClass: WsWebSocket, fault: undefined },
  {
    how: 'long polling, where upgrades are refused',
    webSocketClass: HoldfastWebSocket,
    fault: 'upgrade refused 403',
  },
] as const) {
  test(`asks, tells and subscribes over ${how}`, async ({ startServer }) => {
    const { faultProxy } = await startServer(SERVER);
    if (fault !== undefined) await faultProxy.set(catalogue[fault]);
    const client = createWSClient({
      url: faultProxy.url.replace('http', 'ws'),
      WebSocket: webSocketClass as typeof WebSocket,
    });
    const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });

    expect(await trpc.shout.query('hear')).toBe('HEAR');
    const heard: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const subscription = trpc.words.subscribe(undefined, {
        onData(word) {
          heard.push(word);
          if (word === 'listening') void trpc.say.mutate('one').then(() => trpc.say.mutate('two'));
          if (word === 'two') subscription.unsubscribe();
        },
        onError: reject,
        onStopped: resolve,
        onComplete: resolve,
      });
    });
    expect(heard).toEqual(['listening', 'one', 'two']);
    await client.close();
  });
}
