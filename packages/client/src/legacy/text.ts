/** TextEncoder and TextDecoder, as far as they are used here: UTF-8, and of the decoder only what is valid, with its BOM. */
import { decodeUtf8, encodeUtf8 } from '@holdfast/protocol';

export class LegacyTextEncoder {
  encode(text: string): Uint8Array {
    return encodeUtf8(text);
  }
}

export class LegacyTextDecoder {
  decode(bytes: Uint8Array): string {
    return decodeUtf8(bytes);
  }
}
