/**
 * `npm run conformance`: the cases of RFC 6455 against our built server, and against our built client, over TCP, in processes of
 * their own: `examine.mjs` once for each. Fails where one of them does.
 *
 *     npm run conformance                           all cases
 *     npm run conformance -- 'UTF-8' '§7.1'         those whose category or name holds one of the words
 *     npm run conformance -- --role client          the client alone, or `server`
 *     npm run conformance -- --peer ws              the same cases against ws, to see how strict it is
 *
 * It runs what `npm run build` wrote last.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, tokens } = parseArgs({
  allowPositionals: true,
  tokens: true,
  options: { peer: { type: 'string', default: 'holdfast' }, role: { type: 'string' } },
});
const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
const examine = fileURLToPath(new URL('examine.mjs', import.meta.url));

for (const role of values.role === undefined ? ['server', 'client'] : [values.role]) {
  const { status } = spawnSync(
    process.execPath,
    [examine, '--role', role, '--peer', values.peer, '--', ...words],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
