/**
 * Content codings of HTTP bodies (RFC 9110 §8.4), as far as fallbacks have them: whether an answer may be compressed, and what is
 * to be done with a request that is. Header fields in, verdicts out.
 */

/** "weight = OWS ';' OWS 'q=' qvalue" with a value of zero: "not acceptable" (§12.4.2). */
const REFUSED_PATTERN = /;[ \t]*q=0(?:\.0{0,3})?[ \t]*$/i;

/** Whether the client says that it takes gzip (§12.5.3). `*` is no such word: it may be a program that does not know better. */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  return String(acceptEncoding ?? '')
    .split(',')
    .some((element) => codingOf(element) === 'gzip' && !REFUSED_PATTERN.test(element));
}

/** The coding of a request's body. Several, one upon the other, are none of those that anyone knows. */
export function codingOf(contentEncoding: string | undefined): string {
  if (contentEncoding === undefined) return 'identity';
  const [coding = ''] = contentEncoding.split(';');
  const name = coding.trim().toLowerCase();
  // "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"" (§8.4.1.3).
  return name === 'x-gzip' ? 'gzip' : name || 'identity';
}
