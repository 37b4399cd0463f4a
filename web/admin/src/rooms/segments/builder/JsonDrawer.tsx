import { Button, Drawer, Input } from "antd";
import { useState } from "react";
import type { Rule } from "@/api/rule";
import { copyText, Field, Icon, told, toast } from "@/ui";
import { useChecked } from "../queries";
import { jsonFault, written } from "../rule/branches";
import { rootRule, type Group } from "../rule/tree";
import { words } from "../words";

interface JsonDrawerProps {
  /** Whose JSON this is. */
  readonly group: Group;
  readonly whole: boolean;
  readonly onUse: (rule: Rule) => void;
  readonly onClose: () => void;
}

/** Conditions as JSON: to copy, to change, or to paste over. The server says what is wrong with them, and where. */
export function JsonDrawer({ group, whole, onUse, onClose }: JsonDrawerProps) {
  const t = words.use();
  const [text, setText] = useState(() => written(rootRule(group)));
  const [fault, setFault] = useState<string | null>(null);
  const check = useChecked();
  const copy = () => void copyText(text).then(() => toast(t("jsonCopied")));
  const use = () => {
    const broken = jsonFault(text);
    if (broken) return setFault(t("jsonBroken", { line: broken.line, column: broken.column }));
    const rule = JSON.parse(text) as Rule;
    check.mutate(rule, {
      onSuccess: () => {
        onUse(rule);
        onClose();
      },
      onError: (error) => setFault(told(error)),
    });
  };
  return (
    <Drawer
      open
      size={560}
      title={t(whole ? "jsonWhole" : "jsonGroup")}
      onClose={onClose}
      footer={
        <div className="row rule-json-foot">
          <Button icon={<Icon name="copy" size={14} />} onClick={copy}>
            {t("jsonCopy")}
          </Button>
          <Button type="primary" loading={check.isPending} onClick={use}>
            {t(whole ? "jsonUseWhole" : "jsonUseGroup")}
          </Button>
        </div>
      }
    >
      <Field label={t("jsonText")} help={t("jsonHelp")} error={fault}>
        {(id, about) => (
          <Input.TextArea
            id={id}
            aria-describedby={about}
            className="rule-json mono"
            spellCheck={false}
            autoSize={{ minRows: 14, maxRows: 24 }}
            status={fault ? "error" : ""}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setFault(null);
            }}
          />
        )}
      </Field>
    </Drawer>
  );
}
