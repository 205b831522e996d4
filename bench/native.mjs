/** Builds the server in C++, where there is what it takes: a compiler, WebSocket++ and Asio (Debian: g++ libwebsocketpp-dev libasio-dev). */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/workspace.mjs';

const SOURCE = fileURLToPath(new URL('./servers/native.cpp', import.meta.url));
export const NATIVE_BINARY = join(root, 'results', 'native', 'echo');

const OPTIONS = ['-O2', '-std=c++17', '-pthread', '-DASIO_STANDALONE', '-D_WEBSOCKETPP_CPP11_STL_', '-w'];

/** @returns {string | undefined} why there is none */
export function buildNative() {
  if (process.platform !== 'linux') return 'its time is read from /proc, which is of Linux';
  try {
    if (statSync(NATIVE_BINARY).mtimeMs >= statSync(SOURCE).mtimeMs) return undefined;
  } catch {
    // Not built yet.
  }
  try {
    mkdirSync(dirname(NATIVE_BINARY), { recursive: true });
    execFileSync('g++', [...OPTIONS, SOURCE, '-o', NATIVE_BINARY], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'g++, WebSocket++ and Asio are needed to build it';
  }
}
