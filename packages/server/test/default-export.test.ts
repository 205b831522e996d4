import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import Default, * as all from '../src/index.ts';

function source(file: string): string {
  return readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
}

describe('the default export', () => {
  it('is the class, which has the rest on it, as in ws', () => {
    const { WebSocket, WebSocketServer, createWebSocketStream } = all;
    expect(Default).toBe(WebSocket);
    expect(Default.name).toBe('WebSocket');
    expect({ ...Default }).toMatchObject({
      WebSocket,
      WebSocketServer,
      Server: WebSocketServer,
      createWebSocketStream,
    });
  });

  it('has the names of all types that the package exports', () => {
    const websocket = source('websocket.ts');
    const namespace = websocket.slice(websocket.search(/^export declare namespace WebSocket/m));
    const onTheClass = new Set(namespace.slice(0, namespace.indexOf('\n}')).match(/\w+/g));
    const exported = [...source('named-exports.ts').matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
      list
        .split(',')
        .map((each) => each.replace(/^\s*(type\s+)?(\w+\s+as\s+)?/, '').trim())
        .filter((name) => name !== ''),
    );
    expect(exported).toContain('ServerOptions');
    expect(exported.filter((name) => !onTheClass.has(name))).toEqual([]);
  });
});
