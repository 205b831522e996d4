/**
 * EventTarget as a class that can be extended, for engines that have it and let nobody make any (Chromium before 64): a port that nobody
 * uses is one of the platform's own, and takes the class that it is to be of.
 */
import { platform } from './platform.ts';

type EventTargetClass = new () => EventTarget;

function Port(): object {
  return Object.setPrototypeOf(new MessageChannel().port1, new.target.prototype);
}

export const PlatformEventTarget: EventTargetClass = constructible(platform.EventTarget as EventTargetClass);

function constructible(Class: EventTargetClass): EventTargetClass {
  try {
    new Class();
    return Class;
  } catch {
    Port.prototype = Class.prototype;
    return Port as unknown as EventTargetClass;
  }
}
