/**
 * Which names a development server may be called by. A page of the web can give its own name the address of this machine (DNS
 * rebinding), and is then of the same origin as the server; Vite looks at the Host of each request for that reason, but not at that of
 * an Upgrade. This is its rule (its option `allowedHosts`), for those.
 */
import { isIP } from 'node:net';

/** `true`: all. A name that begins with a dot stands for the names below it, too. */
export type AllowedHosts = true | readonly string[];

/** @param host as it stands in the Host header. A request without one is of no browser. */
export function isAllowedHost(host: string | undefined, allowed: AllowedHosts): boolean {
  if (host === undefined || allowed === true) return true;
  const [, bracketed, plain = ''] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.trim().toLowerCase()) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (isIP(plain) === 4 || isBelow(plain, '.localhost')) return true;
  return allowed.some((entry) => {
    const name = entry.toLowerCase();
    return name.startsWith('.') ? isBelow(plain, name) : plain === name;
  });
}

function isBelow(name: string, dotted: string): boolean {
  return name.endsWith(dotted) || name === dotted.slice(1);
}
