/** What the contract wants of a browser, however it is driven. Types alone. */

export interface Browser {
  readonly version: string;
  /** Opens a page, and returns when it has loaded. Pages are open one after the other. */
  open(url: string): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  /** @returns the value of an expression, as JSON has it */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}
