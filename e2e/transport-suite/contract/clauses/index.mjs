/** All areas of the contract. */
import { bufferedAmount } from './buffered-amount.mjs';
import { closeEvent } from './close-event.mjs';
import { closeMethod } from './close-method.mjs';
import { connecting } from './connecting.mjs';
import { constructorProtocols } from './constructor-protocols.mjs';
import { constructorUrl } from './constructor-url.mjs';
import { garbageCollection } from './garbage-collection.mjs';
import { handlers } from './handlers.mjs';
import { interfaceArea } from './interface.mjs';
import { messages } from './messages.mjs';
import { opening } from './opening.mjs';
import { sessions } from './sessions.mjs';
import { timing } from './timing.mjs';

export const AREAS = [
  interfaceArea,
  constructorUrl,
  constructorProtocols,
  connecting,
  opening,
  messages,
  bufferedAmount,
  closeMethod,
  closeEvent,
  handlers,
  timing,
  garbageCollection,
  sessions,
];
