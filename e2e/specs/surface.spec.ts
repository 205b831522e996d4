/**
 * Nothing of it shows on the standard surface: whoever looks at the class, at an object of it, at the events that it listens to, or at the
 * page's globals sees what the native class shows, and beside it the few names that the README tells of.
 */
import { catalogue } from '@holdfast/faults';
import { openPage } from '../harness/socket.ts';
import { expect, test } from '../harness/test.ts';

/** Holdfast's own, on the prototype. */
const OWN_NAMES = ['getStats', 'transport'];

/** Of the page, for the tests: what it has beside an empty one. */
const TEST_GLOBALS = ['Probe'];

test('shows the names of the native class, and two more', async ({ page, faultProxy }) => {
  // So that the object has been everything that it can be.
  await faultProxy.set(catalogue['upgrade refused 403']);
  await openPage(page, faultProxy.url);
  const own = await surfaceAfterUse('Holdfast');
  await faultProxy.set([]);
  const native = await surfaceAfterUse('native');
  expect(own.instance).toEqual(native.instance);
  expect(own.constructor).toEqual(native.constructor);
  expect(own.prototype).toEqual([...native.prototype, ...OWN_NAMES].sort());
  expect(own.enumerated).toEqual([...native.enumerated, ...OWN_NAMES].sort());
  expect(own.events).toEqual(native.events);
  expect(native.prototype).toContain('bufferedAmount');

  /** All names of a class, of an object of it and of its events, when that has opened, echoed and closed. */
  function surfaceAfterUse(which: 'Holdfast' | 'native'): Promise<Record<Surface, string[]>> {
    return page.evaluate(async (which) => {
      const Class = which === 'native' ? WebSocket : Holdfast.WebSocket;
      const socket: WebSocket = new Class(`ws://${location.host}/socket?app=echo&name=${which}`);
      const events: string[] = [];
      await new Promise<void>((resolve) => {
        for (const type of ['open', 'message', 'close']) {
          socket.addEventListener(type, (event) => {
            const { name } = event.constructor;
            events.push(`${type}: ${name} with ${Reflect.ownKeys(event).join()}`);
            if (type === 'open') socket.send('one');
            else if (type === 'message') socket.close();
            else resolve();
          });
        }
      });
      const namesOf = (object: object): string[] => Reflect.ownKeys(object).map(String).sort();
      const enumerated: string[] = [];
      // biome-ignore lint/suspicious/useGuardForIn: what is inherited shows as well
      for (const name in socket) enumerated.push(name);
      return {
        instance: namesOf(socket),
        constructor: namesOf(Class),
        prototype: namesOf(Class.prototype),
        enumerated: enumerated.sort(),
        events,
      };
    }, which);
  }
});

test('tells of its transports those who listen for it, and nobody else', async ({ page, faultProxy }) => {
  await faultProxy.set(catalogue['upgrade refused 403']);
  await openPage(page, faultProxy.url, { install: '' });
  const { heard, told } = await page.evaluate(async () => {
    const heard: string[] = [];
    const told: string[] = [];
    /** As libraries do that look at all that happens to a socket. */
    class Watched extends WebSocket {
      override dispatchEvent(event: Event): boolean {
        heard.push(`dispatchEvent ${event.type}`);
        return super.dispatchEvent(event);
      }
    }
    const socket = new Watched(`ws://${location.host}/socket?app=echo&name=surface`);
    const hear = ({ type }: Event): void => {
      heard.push(type);
    };
    Object.assign(socket, { onholdfast: hear, onopen: hear, onmessage: hear, onerror: hear });
    addEventListener('holdfast', hear, { capture: true });
    for (const type of ['open', 'message', 'error', 'close']) socket.addEventListener(type, hear);
    // Another socket's, of the same kind.
    new WebSocket(`ws://${location.host}/socket?app=echo&name=told`).addEventListener(
      'holdfast',
      ({ type }) => told.push(type),
    );
    await new Promise<void>((resolve) => {
      socket.addEventListener('open', () => socket.send('one'));
      socket.addEventListener('message', () => socket.close());
      socket.onclose = (event) => {
        hear(event);
        resolve();
      };
    });
    return { heard, told };
  });
  expect(heard).toEqual(['open', 'open', 'message', 'message', 'close', 'close']);
  expect(told).toContain('holdfast');
});

test('adds one name to the globals of its page', async ({ page, faultProxy }) => {
  await page.goto(`${faultProxy.url}/elsewhere`);
  const before = await page.evaluate(() => Reflect.ownKeys(globalThis).map(String));
  await openPage(page, faultProxy.url);
  const after = await page.evaluate(() => Reflect.ownKeys(globalThis).map(String));
  const added = after.filter((name) => !before.includes(name) && !TEST_GLOBALS.includes(name));
  expect(added).toEqual(['Holdfast']);
});

type Surface = 'instance' | 'constructor' | 'prototype' | 'enumerated' | 'events';
