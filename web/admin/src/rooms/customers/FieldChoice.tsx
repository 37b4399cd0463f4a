import { Button, Checkbox, Input, Popover } from "antd";
import { useState } from "react";
import type { CustomerColumn } from "@/api/types";
import { Icon, useFilters, usePick } from "@/ui";
import { useCustomerFields } from "./queries";
import { words } from "./words";

const KEY = "regulars.columns.customers.fields";
const MOST = 12;

/** The fields shown as columns: those of the link, else those chosen here last. */
export function useChosenFields() {
  const [params, change] = useFilters();
  const fields = useCustomerFields().data?.items ?? [];
  const text = params.get("columns") ?? window.localStorage.getItem(KEY) ?? "";
  const keys = text.split(",").filter(Boolean).slice(0, MOST);
  const set = (next: readonly string[]) => {
    window.localStorage.setItem(KEY, next.join(","));
    change({ columns: next.join(",") });
  };
  const chosen = keys.flatMap((key) => fields.filter((one) => one.key === key));
  return { fields, keys, set, chosen, columns: chosen.map((one) => one.key).join(",") || undefined };
}

interface ChoiceProps {
  readonly fields: readonly CustomerColumn[];
  readonly chosen: readonly string[];
  readonly set: (keys: readonly string[]) => void;
}

/** Any field of a person as a column of the list. */
export function FieldChoice({ fields, chosen, set }: ChoiceProps) {
  const t = words.use();
  const say = usePick();
  const [text, setText] = useState("");
  const shown = fields.filter((one) => say(one.label).toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <div className="field-choice">
          <Input size="small" aria-label={t("columns")} prefix={<Icon name="search" size={12} />} value={text} onChange={(event) => setText(event.target.value)} />
          <ul>
            {shown.map((one) => {
              const on = chosen.includes(one.key);
              return (
                <li key={one.key}>
                  <Checkbox
                    checked={on}
                    disabled={!on && chosen.length >= MOST}
                    onChange={() => set(on ? chosen.filter((key) => key !== one.key) : [...chosen, one.key])}
                  >
                    {say(one.label)}
                  </Checkbox>
                </li>
              );
            })}
          </ul>
        </div>
      }
    >
      <Button className="wide-only" icon={<Icon name="columns" size={14} />}>
        {t("columns")}
      </Button>
    </Popover>
  );
}
