/** DOMException with a constructor (Web IDL §2.8.1): old engines have it only for what they throw themselves. */
import { platform } from './platform.ts';

function Exception(this: DOMException, message = '', name = 'Error'): void {
  const { stack } = new Error(message);
  const values: Readonly<Record<string, unknown>> = { message, name, code: legacyCode(name), stack };
  // What is inherited has no setters, or wants an exception of the platform's.
  for (const field of Object.keys(values)) Object.defineProperty(this, field, { value: values[field] });
}
Exception.prototype = Object.create((platform.DOMException ?? Error).prototype, {
  constructor: { value: Exception },
  toString: {
    value(this: DOMException) {
      return `${this.name}: ${this.message}`;
    },
  },
});

export const LegacyDOMException: typeof DOMException = Exception as unknown as typeof DOMException;

/** Of what a WebSocket throws (Web IDL §2.8.1); 0 for all else. */
function legacyCode(name: string): number {
  if (name === 'InvalidStateError') return 11;
  if (name === 'SyntaxError') return 12;
  return name === 'InvalidAccessError' ? 15 : 0;
}
