/** Response, as far as it is used here: by which a Blob is read. */
import { LegacyPromise } from './promise.ts';

export class LegacyResponse {
  private readonly body: Blob;

  constructor(body: Blob) {
    this.body = body;
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return new LegacyPromise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as ArrayBuffer);
      reader.onerror = () => reject(reader.error);
      reader.readAsArrayBuffer(this.body);
    });
  }
}
