/**
 * The fault proxy: in this process, or as one of its own, and the catalogue of what it can do to a connection.
 *
 * @typedef {import('./src/types.ts').CutHow} CutHow
 * @typedef {import('./src/types.ts').CutOptions} CutOptions
 * @typedef {import('./src/types.ts').Fault} Fault
 * @typedef {import('./src/types.ts').FaultProxy} FaultProxy
 * @typedef {import('./src/types.ts').FaultProxyOptions} FaultProxyOptions
 * @typedef {import('./src/types.ts').FaultType} FaultType
 * @typedef {import('./src/types.ts').Kind} Kind
 * @typedef {import('./src/types.ts').LinkSpec} LinkSpec
 * @typedef {import('./src/types.ts').LogEntry} LogEntry
 * @typedef {import('./src/types.ts').LogFilter} LogFilter
 * @typedef {import('./src/types.ts').Match} Match
 * @typedef {import('./src/types.ts').Rule} Rule
 * @typedef {import('./src/types.ts').RuleReport} RuleReport
 * @typedef {import('./src/types.ts').SetOptions} SetOptions
 * @typedef {import('./src/types.ts').Stats} Stats
 */
export { catalogue } from './src/catalogue.mjs';
export { connectFaultProxy, startFaultProxy } from './src/client.mjs';
export { RuleError } from './src/options.mjs';
export { createFaultProxy } from './src/proxy.mjs';
