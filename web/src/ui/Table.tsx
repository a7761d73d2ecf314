import { useMemo, useState, type ReactNode } from "react";
import { useText } from "../text";
import { Button } from "./Button";

export interface Column<Row> {
  name: string;
  /** What stands in the file. */
  value: (row: Row) => string | number | null;
  /** What stands on the page, where that is another thing. */
  show?: (row: Row) => ReactNode;
  right?: boolean;
}

interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** The file's name, without its ending; no file is offered without one. */
  file?: string;
}

/** A table that can be sorted by any column, scrolled sideways by itself, and saved as a file. */
export function Table<Row>({ caption, columns, rows: given, rowKey, file }: TableProps<Row>) {
  const t = useText();
  const [order, setOrder] = useState<Order | null>(null);
  const rows = useMemo(() => sorted(given, columns, order), [given, columns, order]);
  return (
    <div>
      <div className="overflow-x-auto rounded-xl border border-line" tabIndex={0} role="region" aria-label={caption}>
        <table className="w-full text-left text-sm">
          <caption className="sr-only">{caption}</caption>
          <thead className="bg-panel text-xs text-muted">
            <tr>
              {columns.map((column) => (
                <th
                  key={column.name}
                  scope="col"
                  aria-sort={order?.by === column.name ? (order.down ? "descending" : "ascending") : undefined}
                  className={`px-3 py-1 font-medium whitespace-nowrap ${column.right ? "text-right" : ""}`}
                >
                  <button type="button" onClick={() => setOrder(next(order, column.name, given, column))} className="min-h-8 hover:text-ink">
                    {column.name}
                    <span aria-hidden="true" className="inline-block w-3 text-right">
                      {order?.by === column.name && (order.down ? "↓" : "↑")}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rowKey(row)} className="border-t border-line">
                {columns.map((column) => (
                  <td key={column.name} className={`px-3 py-2 ${column.right ? "text-right tabular-nums" : ""}`}>
                    {column.show ? column.show(row) : (column.value(row) ?? t.none)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {file && (
        <Button shape="quiet" className="mt-1 px-0!" onClick={() => save(`${file}.csv`, csvOf(columns, rows))}>
          {t.table.csv}
        </Button>
      )}
    </div>
  );
}

interface Order {
  by: string;
  down: boolean;
}

/** The order after a click on a column: numbers the largest first, text from A to Z, then the other way round, then as it was. */
function next<Row>(now: Order | null, by: string, rows: readonly Row[], column: Column<Row>): Order | null {
  const first = rows.some((row) => typeof column.value(row) === "number");
  if (now?.by !== by) return { by, down: first };
  return now.down === first ? { by, down: !first } : null;
}

/** The rows in an order; what has no value is last either way. */
function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | null): readonly Row[] {
  const column = columns.find((each) => each.name === order?.by);
  if (!column || !order) return rows;
  const sign = order.down ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [left, right] = [column.value(one), column.value(other)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right)));
  });
}

function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map((column) => column.name), ...rows.map((row) => columns.map((column) => column.value(row)))];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value: string | number | null): string {
  if (typeof value === "number") return String(value);
  // A cell that begins like a formula would be run by a spreadsheet.
  const text = /^[=+\-@\t\r]/.test(value ?? "") ? `'${value}` : (value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
