/**
 * The header Sec-WebSocket-Extensions ⇄ what it lists (RFC 6455 §9.1). Grammar alone: which extensions there are, and what
 * their parameters mean, is not known here.
 */

/** One parameter: its value, or `true` where it stands without one. */
export type ExtensionParameter = readonly [name: string, value: string | true];

/** An extension as a client offers it, or as a server has accepted it. */
export interface Extension {
  readonly name: string;
  /** In the order in which they came; a name may come twice, which it is up to the extension to refuse. */
  readonly parameters: readonly ExtensionParameter[];
}

// RFC 9110 §5.6: optional white space, token, quoted-string (of octets that one may quote, or a pair).
const WHITE_SPACE = '[ \\t]*';
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"((?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*)"';

const TOKEN_PATTERN = new RegExp(`${TOKEN}`, 'y');
const WHOLE_TOKEN_PATTERN = new RegExp(`^${TOKEN}$`);
const VALUE_PATTERN = new RegExp(`${WHITE_SPACE}=${WHITE_SPACE}(?:(${TOKEN})|${QUOTED})`, 'y');
/** What follows an extension or a parameter: the next parameter, the next extension, or the end. */
const SEPARATOR_PATTERN = new RegExp(`${WHITE_SPACE}(;|,|$)${WHITE_SPACE}`, 'y');
/** "null elements are allowed" in a list (RFC 2616 §2.1, which §9.1 refers to), and say nothing. */
const NULL_ELEMENTS_PATTERN = new RegExp(`(?:${WHITE_SPACE},)*${WHITE_SPACE}`, 'y');

/**
 * Reads the header.
 *
 * @returns what it lists, in its order; undefined where it "does not conform to the ABNF", upon which the recipient "MUST
 *   immediately _Fail the WebSocket Connection_"
 */
export function parseExtensions(header: string): Extension[] | undefined {
  const extensions: Extension[] = [];
  const input = new Input(header);
  input.take(NULL_ELEMENTS_PATTERN);
  do {
    const name = input.take(TOKEN_PATTERN)?.[0];
    if (name === undefined) return undefined;
    const parameters = readParameters(input);
    if (parameters === undefined) return undefined;
    extensions.push({ name, parameters });
    input.take(NULL_ELEMENTS_PATTERN);
  } while (!input.isAtEnd);
  return extensions;
}

/** The form in which one extension stands in the header. Values have to be tokens. */
export function formatExtension({ name, parameters }: Extension): string {
  const parts = parameters.map(([parameter, value]) =>
    value === true ? parameter : `${parameter}=${value}`,
  );
  return [name, ...parts].join('; ');
}

/** Everything between an extension's name and the next extension. */
function readParameters(input: Input): ExtensionParameter[] | undefined {
  const parameters: ExtensionParameter[] = [];
  for (;;) {
    const separator = input.take(SEPARATOR_PATTERN)?.[1];
    if (separator === undefined) return undefined;
    if (separator !== ';') return parameters;
    const name = input.take(TOKEN_PATTERN)?.[0];
    if (name === undefined) return undefined;
    const value = readValue(input);
    if (value === undefined) return undefined;
    parameters.push([name, value]);
  }
}

/** `true` where there is none; undefined where it is not allowed. */
function readValue(input: Input): string | true | undefined {
  const found = input.take(VALUE_PATTERN);
  if (found === undefined) return true;
  const [, token, quoted = ''] = found;
  if (token !== undefined) return token;
  // "the value after quoted-string unescaping MUST conform to the 'token' ABNF"
  const value = quoted.replace(/\\(.)/g, '$1');
  return WHOLE_TOKEN_PATTERN.test(value) ? value : undefined;
}

/** A text that is read from left to right. */
class Input {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  /** What `pattern` (sticky) matches here; undefined, and nothing is taken, where it does not. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }
}
