/** A promise that is settled from outside, once. Nobody has to look at it: that it was rejected is no error by itself. */
export class Deferred<Value> {
  readonly promise: Promise<Value>;
  declare readonly resolve: (value: Value) => void;
  declare readonly reject: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      Object.assign(this, { resolve, reject });
    });
    this.promise.catch(() => {});
  }
}
