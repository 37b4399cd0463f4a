import { Button } from "antd";
import { Banner, format, Icon, toastError, type Values } from "@/ui";
import { useLook } from "../queries";
import { words } from "../words";

interface LookProps {
  readonly connector: string;
  /** The settings as they are now, null while they cannot be sent; the button then tells what is missing. */
  readonly config: Values | null;
  readonly onTold: () => void;
  /** Whose hidden secrets the settings mean. */
  readonly source?: number;
}

/** The first rows of a source as it would be read, before it is: which columns there are, and what is wrong with them. */
export function Look({ connector, config, onTold, source }: LookProps) {
  const t = words.use();
  const look = useLook();
  const go = () => (config ? look.mutate({ connector, config: { ...config }, source_id: source ?? null }, { onError: toastError }) : onTold());
  const found = look.data;
  return (
    <div className="source-look">
      <Button icon={<Icon name="search" size={14} />} loading={look.isPending} onClick={go}>
        {t("look.try")}
      </Button>
      {!found && <p className="small soft">{t("look.what")}</p>}
      {found?.wrong.map((one) => (
        <Banner key={`${one.row} ${one.field}`} tone="warning" title={t("look.wrong", { row: format.count(one.row), field: one.field })}>
          <p>{one.reason}</p>
        </Banner>
      ))}
      {found && found.wrong.length === 0 && <p className="small soft">{t(found.rows.length > 0 ? "look.good" : "look.empty")}</p>}
      {found && found.columns.length > 0 && (
        <div className="source-rows">
          <table className="table" aria-label={t("look.rows")}>
            <thead>
              <tr>
                {found.columns.map((column) => (
                  <th key={column}>{column}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {found.rows.map((row, place) => (
                <tr key={place}>
                  {row.map((cell, at) => (
                    <td key={at}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
