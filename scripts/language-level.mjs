/**
 * Whether the scripts run where they are meant to: `holdfast.js` is ES2017 and asks for nothing that Chromium 63 (the TV browsers of 2019)
 * lacks, `holdfast.legacy.js` is ES5.
 *
 * Syntax is told by a parser. What the platform has is told by MDN's compatibility data, by name: a global, a constructor, or a property that
 * no object had before, and that the script does not define itself. A property that one object has had for long and another has since lately is not noticed; the browser tests
 * with an old platform's names are for that. What has a fallback is listed, with the reason.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'acorn';
import { root } from './workspace.mjs';

/** @typedef {import('acorn').AnyNode} Node */

/** Of Chrome, and so of Chromium. */
const OLDEST_VERSION = 63;

/** What is newer, and how the script does without. */
/** @type {Readonly<Record<string, string>>} */
const FALLBACKS = {
  '.AbortController': 'It is looked for; without it nobody listens any more (legacy/abort-controller.ts).',
};

const bcd = createRequire(import.meta.url)('@mdn/browser-compat-data');

const problems = [
  ...syntaxProblems('packages/client/dist/holdfast.js', 2017),
  ...syntaxProblems('packages/client/dist/holdfast.legacy.js', 5),
  ...platformProblems('packages/client/dist/holdfast.js'),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/**
 * @param {string} path
 * @param {5 | 2017} ecmaVersion
 * @returns {string[]}
 */
function syntaxProblems(path, ecmaVersion) {
  try {
    parse(code(path), { ecmaVersion });
    return [];
  } catch (error) {
    return [`${path} is not of ECMAScript ${ecmaVersion}: ${error instanceof Error ? error.message : error}`];
  }
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function platformProblems(path) {
  const used = namesUsed(parse(code(path), { ecmaVersion: 'latest' }));
  const tooNew = new Map(
    [...used].flatMap((name) => {
      const version = versionOf(name);
      return version > OLDEST_VERSION ? [[name, version]] : [];
    }),
  );
  return [
    ...[...tooNew]
      .filter(([name]) => FALLBACKS[name] === undefined)
      .map(([name, version]) => `${path} uses ${name}, which Chromium has since version ${version}`),
    ...Object.keys(FALLBACKS)
      .filter((name) => !tooNew.has(name))
      .map((name) => `scripts/language-level.mjs lists ${name}, which ${path} does not use`),
  ];
}

/**
 * The names by which code asks the platform for something: `name` of variables that nobody declares, `.name` of properties.
 *
 * @param {Node} program
 * @returns {Set<string>}
 */
function namesUsed(program) {
  const used = new Set();
  const declared = new Set();
  /** @param {any} node a node of any kind, or what else is in one @param {any} parent */
  const visit = (node, parent) => {
    if (Array.isArray(node)) for (const each of node) visit(each, parent);
    else if (typeof node?.type === 'string') {
      if (node.type === 'MemberExpression' && !node.computed) used.add(`.${node.property.name}`);
      else if (node.type === 'Property' && parent.type === 'ObjectPattern' && !node.computed)
        used.add(`.${node.key.name ?? node.key.value}`);
      if (node.type === 'Identifier' && isVariable(node, parent)) used.add(node.name);
      for (const name of [...declares(node), ...defines(node, parent)]) declared.add(name);
      for (const key of Object.keys(node)) visit(node[key], node);
    }
  };
  visit(program, null);
  return new Set([...used].filter((name) => !declared.has(name)));
}

/**
 * @param {any} node an identifier
 * @param {any} parent
 */
function isVariable(node, parent) {
  // `typeof name` asks whether there is one.
  if (parent.type === 'UnaryExpression' && parent.operator === 'typeof') return false;
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed;
  if (parent.type === 'Property') return parent.value === node;
  return parent.type !== 'MethodDefinition';
}

/**
 * The names that a node declares; in a minified script no two scopes need be told apart: what is declared is short, or not the platform's.
 *
 * @param {any} node
 * @returns {string[]}
 */
function declares(node) {
  const patterns = [
    node.type === 'VariableDeclarator' ? node.id : node.type === 'CatchClause' ? node.param : null,
  ];
  if (/Function|Class/.test(node.type)) patterns.push(node.id, ...(node.params ?? []));
  return patterns.flatMap((pattern) => (pattern?.type === 'Identifier' ? [pattern.name] : []));
}

/**
 * The properties that a node gives to an object of the script's own.
 *
 * @param {any} node
 * @param {any} parent
 * @returns {string[]}
 */
function defines(node, parent) {
  const isKey =
    node.type === 'MethodDefinition' || (node.type === 'Property' && parent.type === 'ObjectExpression');
  if (isKey && !node.computed) return [`.${node.key.name ?? node.key.value}`];
  const isField = node.type === 'MemberExpression' && !node.computed && node.object.type === 'ThisExpression';
  return isField && parent.type === 'AssignmentExpression' && parent.left === node
    ? [`.${node.property.name}`]
    : [];
}

/**
 * @param {string} name
 * @returns {number} the version since which Chrome has something of this name; 0 where it is none of the platform's
 */
function versionOf(name) {
  const { api, javascript } = bcd;
  const owners = [api, javascript.builtins, ...Object.values(api), ...Object.values(javascript.builtins)];
  if (name.startsWith('.')) return oldest(owners.map((owner) => owner[name.slice(1)]));
  const feature = api[name] ?? javascript.builtins[name];
  // One that is to be extended, or made, has to have a constructor.
  return Math.max(oldest([feature]), oldest([feature?.[name]]));
}

/**
 * @param {readonly any[]} features of the compatibility data, or undefined
 * @returns {number}
 */
function oldest(features) {
  const versions = features.flatMap((feature) => {
    if (feature?.__compat === undefined) return [];
    // Newest first: what was prefixed, or behind a flag, does not count.
    const { chrome } = feature.__compat.support;
    const plain = [chrome]
      .flat()
      .filter(({ prefix, flags, alternative_name }) => !prefix && !flags && !alternative_name);
    return plain.map(({ version_added }) => Number.parseFloat(version_added) || Number.POSITIVE_INFINITY);
  });
  return versions.length === 0 ? 0 : Math.min(...versions);
}

/** @param {string} path */
function code(path) {
  return readFileSync(join(root, path), 'utf8');
}
