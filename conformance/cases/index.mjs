/** All cases, by category, in the order of the table. */
import { closingHandshake } from './closing.mjs';
import { compressing, negotiation } from './compression.mjs';
import { control } from './control.mjs';
import { fragmentation } from './fragmentation.mjs';
import { framing, masking, noMasking, opcodes, reserved } from './framing.mjs';
import { openingHandshake } from './handshake.mjs';
import { legacy } from './legacy.mjs';
import { limits } from './limits.mjs';
import { mass } from './mass.mjs';
import { utf8 } from './utf8.mjs';

/** @type {readonly import('../case.mjs').Category[]} */
export const CATEGORIES = [
  openingHandshake,
  framing,
  masking,
  noMasking,
  reserved,
  opcodes,
  control,
  fragmentation,
  utf8,
  closingHandshake,
  limits,
  negotiation,
  compressing,
  legacy,
  mass,
];
