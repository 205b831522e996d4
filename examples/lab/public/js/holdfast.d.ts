/** What the page knows of Holdfast, which comes as a script and not as a module: its global, and the detail of its event. */

declare const Holdfast: typeof import('@holdfast/client');

type HoldfastDetail = import('@holdfast/client').LogEntry;
