/** The symbols that name a protocol of the language, for engines that have none: the names by which compiled code finds the same. */
import { platform } from './platform.ts';

export const LegacySymbol: SymbolConstructor =
  platform.Symbol ??
  ({ iterator: '@@iterator', toStringTag: '@@toStringTag' } as unknown as SymbolConstructor);

/** Over an array as it is now and then. */
export function iterator<Value>(values: readonly Value[]): Iterator<Value> {
  let at = 0;
  return { next: () => ({ done: at >= values.length, value: values[at++] as Value }) };
}
