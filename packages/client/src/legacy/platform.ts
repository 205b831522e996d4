/** The window, as one that may lack what is newer than ES5 and the DOM of its time. */
export const platform: { readonly [Name in keyof typeof globalThis]?: (typeof globalThis)[Name] } = self;
