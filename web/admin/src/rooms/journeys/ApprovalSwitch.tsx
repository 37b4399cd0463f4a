import { Switch } from "antd";
import { toast, toastError, useMay } from "@/ui";
import { useApproval, useSetApproval } from "./queries";
import { words } from "./words";

/** Whether somebody else has to approve a journey before it is published; below the list, for who may set it. */
export function ApprovalSwitch() {
  const t = words.use();
  const may = useMay();
  const approval = useApproval();
  const set = useSetApproval();
  if (!may("settings.write") || !approval.data) return null;
  const { asked } = approval.data;
  return (
    <label className="row japproval">
      <Switch
        size="small"
        checked={asked}
        loading={set.isPending}
        aria-label={t("approval")}
        onChange={(on) => set.mutate(on, { onSuccess: () => toast(t(on ? "approvalOn" : "approvalOff")), onError: toastError })}
      />
      <span>
        {t("approval")} <span className="small soft">{t("approvalWhat")}</span>
      </span>
    </label>
  );
}
