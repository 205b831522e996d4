/**
 * What the contract is run against: a class, and how it comes to its transport. Each transport of ours is reached by really breaking the
 * others, on the network (fault proxy) or in the page (content security policy).
 *
 * @import { Rule } from '@holdfast/faults'
 * @import { Task } from './types.ts'
 */
import { catalogue } from '@holdfast/faults';

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {Task['subject']} subject
 * @property {string} [transport] which every socket must be on
 * @property {'holdfast' | 'foreign'} server
 * @property {readonly Rule[]} rules what the network does
 * @property {string} page its path: `/strict` allows itself no connection
 */

/** @type {readonly Variant[]} */
export const VARIANTS = [
  { name: 'native class', subject: 'native', server: 'holdfast', rules: [], page: '/contract' },
  {
    name: 'websocket',
    subject: 'holdfast',
    transport: 'websocket',
    server: 'holdfast',
    rules: [],
    page: '/contract',
  },
  {
    name: 'long-polling',
    subject: 'holdfast',
    transport: 'long-polling',
    server: 'holdfast',
    rules: catalogue['upgrade refused 403'],
    page: '/contract',
  },
  {
    name: 'iframe',
    subject: 'holdfast',
    transport: 'iframe',
    server: 'holdfast',
    rules: [],
    page: '/strict',
  },
  {
    name: 'foreign server',
    subject: 'holdfast',
    transport: 'websocket',
    server: 'foreign',
    rules: [],
    page: '/contract',
  },
];
