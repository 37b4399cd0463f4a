import { useState } from "react";
import type { Customer } from "@/api/types";
import { More, useMay } from "@/ui";
import { ConsentDialog } from "./ConsentDialog";
import { CopyDialog } from "./CopyDialog";
import { CorrectDialog } from "./CorrectDialog";
import { EraseDialog } from "./EraseDialog";
import { words } from "./words";

const DO = [
  { key: "correct", word: "correctDo", may: "customers.write" },
  { key: "consent", word: "consentDo", may: "customers.write" },
  { key: "copy", word: "copyDo", may: "customers.copy" },
  { key: "erase", word: "eraseDo", may: "customers.erase" },
] as const;

/** What a customer may ask for, each in a dialog of its own. */
export function Actions({ data }: { data: Customer }) {
  const t = words.use();
  const may = useMay();
  const [open, setOpen] = useState<string | null>(null);
  const close = () => setOpen(null);
  const items = [
    ...DO.filter((one) => may(one.may)).map((one) => ({ key: one.key, label: t(one.word), danger: one.key === "erase", onClick: () => setOpen(one.key) })),
    { key: "all", label: t("all"), to: "/customers/requests" },
  ];
  return (
    <>
      <More items={items} label={t("actions")} icon="user" />
      {open === "correct" && <CorrectDialog data={data} onClose={close} />}
      {open === "consent" && <ConsentDialog data={data} onClose={close} />}
      {open === "copy" && <CopyDialog uid={data.uid} onClose={close} />}
      {open === "erase" && <EraseDialog data={data} onClose={close} />}
    </>
  );
}
