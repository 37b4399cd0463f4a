import { Link } from "react-router";

interface Cell {
  readonly text: string;
  /** Where the people behind the figure are. */
  readonly to?: string | undefined;
}

/** What a chart draws. A row is a place on its axis; its cells stand in the order of the series, those drawn first. */
export interface Figures {
  readonly of: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly Cell[] }[];
}

export function ChartTable({ figures, label, height }: { figures: Figures; label: string; height: number }) {
  return (
    <div className="chart-table" style={{ height }} role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{figures.of}</th>
            {figures.columns.map((column) => (
              <th key={column} scope="col" className="numeric">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              {row.cells.map((cell, place) => (
                <td key={figures.columns[place]} className="numeric">
                  {cell.to ? (
                    <Link className="link" to={cell.to}>
                      {cell.text}
                    </Link>
                  ) : (
                    cell.text
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
