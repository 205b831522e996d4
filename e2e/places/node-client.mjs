/** A program that opens a socket for each URL that it reads, a line each, and says what became of it. */
import { createInterface } from 'node:readline';
import * as client from '@holdfast/client';
import { firstEcho } from '../pages/first-echo.mjs';

Object.assign(globalThis, { Holdfast: client });

for await (const url of createInterface(process.stdin)) {
  console.log(JSON.stringify(await firstEcho({ url })));
}
// Node keeps connections for a while that it might use again.
process.exit();
