/** Tables in plain text: one below the other, their columns stand at the same places. */

/** As wide as most first columns, and most others. */
const FIRST_COLUMN_WIDTH = 30;
const COLUMN_WIDTH = 8;

/**
 * The first column is to the left, the others to the right, two spaces between.
 *
 * @param {readonly (readonly string[])[]} rows the first one is the head; all have the same length
 * @returns {string} without a line break at its end
 */
export function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(
      column === 0 ? FIRST_COLUMN_WIDTH : COLUMN_WIDTH,
      ...rows.map((row) => row[column]?.length ?? 0),
    ),
  );
  return rows.map((row) => line(row, widths)).join('\n');
}

/** @param {readonly string[]} row @param {readonly number[]} widths */
function line(row, widths) {
  const cells = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return cells.join('  ').trimEnd();
}

/** @param {number} value @returns {string} such as 1,234,567; with a decimal where it is short */
export function count(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}
