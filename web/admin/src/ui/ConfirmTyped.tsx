import { Button, Input, Modal } from "antd";
import { useState, type ReactNode } from "react";
import { Field } from "./form";
import { uiWords } from "./words";

interface ConfirmTypedProps {
  readonly open: boolean;
  readonly title: string;
  /** The effects, in numbers. */
  readonly children: ReactNode;
  /** What must be typed, e.g. the number of people. */
  readonly expected: string;
  readonly verb: string;
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** For what cannot be taken back: effects in numbers, then the decisive figure typed by hand. */
export function ConfirmTyped(props: ConfirmTypedProps) {
  const t = uiWords.use();
  const [typed, setTyped] = useState("");
  const bare = (text: string) => text.replace(/[,\s]/g, "");
  const right = bare(typed) === bare(props.expected);
  return (
    <Modal
      open={props.open}
      title={props.title}
      onCancel={props.onClose}
      afterClose={() => setTyped("")}
      width={480}
      footer={[
        <Button key="no" onClick={props.onClose}>
          {t("cancel")}
        </Button>,
        <Button key="yes" type="primary" disabled={!right} loading={props.busy ?? false} onClick={props.onConfirm}>
          {props.verb}
        </Button>,
      ]}
    >
      <div className="stack wide">
        <div>{props.children}</div>
        <Field
          label={t("typeToConfirm", { what: props.expected })}
          error={typed && !right && bare(typed).length >= bare(props.expected).length ? t("typeMismatch", { what: props.expected }) : null}
        >
          {(id, about) => (
            <Input
              id={id}
              aria-describedby={about}
              autoComplete="off"
              inputMode="numeric"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              onPressEnter={() => right && props.onConfirm()}
            />
          )}
        </Field>
      </div>
    </Modal>
  );
}
