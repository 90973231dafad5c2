// The digits as CSV, with the columns of `digitclf read --csv` and the corrections.

const COLUMNS = [
  "file",
  "line",
  "position",
  "left",
  "top",
  "width",
  "height",
  "digit",
  "probability",
  "corrected",
];

export function toCsv(digits, file) {
  const rows = digits.map((digit) => [
    file,
    digit.line,
    digit.position,
    ...digit.box,
    digit.label,
    digit.probability,
    digit.isCorrected,
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

// A text that spreadsheets would take for a formula is preceded by an apostrophe.
function cell(value) {
  const plain = String(value);
  const safe = /^[=+@\t\r-]/.test(plain) && typeof value === "string" ? `'${plain}` : plain;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
