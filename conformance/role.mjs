/**
 * Which end is examined in this process, by `--role`: `server`, unless it says `client`. The cases play the other end, and know it
 * before they are made: a client's frames are masked, a server's are not (RFC 6455 §5.1).
 */
import { parseArgs } from 'node:util';

const { values } = parseArgs({ strict: false, options: { role: { type: 'string', default: 'server' } } });

/** @type {'server' | 'client'} */
export const EXAMINED = values.role === 'client' ? 'client' : 'server';
