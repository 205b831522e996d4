/** What everybody hears first. */
export const greeting = 'Welcome';
