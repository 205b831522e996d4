/**
 * The server in C++ (native.cpp), as a side of a benchmark: it runs as a child on the same core, and this process, which does nothing
 * meanwhile, says of it what the others say of themselves.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { NATIVE_BINARY } from '../native.mjs';
import { offer } from '../process.mjs';

const NANOSECONDS_PER_MS = 1e6;

const child = spawn(NATIVE_BINARY, { stdio: ['pipe', 'pipe', 'inherit'] });
process.on('exit', () => child.kill());
const [port] = await once(createInterface(child.stdout), 'line');

offer({
  port: () => Number(port),
  sample() {
    // Of its first thread, which does all the work: the time on a core, in ns (proc(5), schedstat).
    const [onCore = ''] = readFileSync(`/proc/${child.pid}/schedstat`, 'latin1').split(' ');
    // It has no event loop of Node's.
    return {
      cpuMs: Number(onCore) / NANOSECONDS_PER_MS,
      atMs: performance.now(),
      loopDelayP99Ms: Number.NaN,
    };
  },
  /** Closed connections cost the next round nothing. */
  quiet() {},
});
