import { useState } from "react";
import { useNavigate } from "react-router";
import type { Customer } from "@/api/types";
import { Banner, ConfirmTyped, Part, toastError } from "@/ui";
import { Held } from "./Held";
import { useErase, useHeld } from "./queries";
import { Reason } from "./Reason";
import { words } from "./words";

/** The effects in numbers, how the customer asked, and their number typed by hand. */
export function EraseDialog({ data, onClose }: { data: Customer; onClose: () => void }) {
  const t = words.use();
  const navigate = useNavigate();
  const held = useHeld(data.uid, true);
  const erase = useErase(data.uid);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const go = () => {
    setTried(true);
    if (reason.trim()) erase.mutate(reason, { onSuccess: (made) => void navigate(`/customers/requests/${made.id}`), onError: toastError });
  };
  return (
    <ConfirmTyped open title={t("eraseTitle", { label: data.label, uid: data.uid })} expected={String(data.uid)} verb={t("eraseGo")} busy={erase.isPending} onConfirm={go} onClose={onClose}>
      <div className="stack wide">
        <Banner tone="bad">{t("eraseWhat")}</Banner>
        <div>
          <h3>{t("eraseEffects")}</h3>
          <Part query={held} height={80}>
            {(found) => <Held held={found.held} />}
          </Part>
        </div>
        <p className="small soft">
          {t("eraseReports")} {t("eraseLater")}
        </p>
        <Reason value={reason} onChange={setReason} missing={tried && !reason.trim()} />
      </div>
    </ConfirmTyped>
  );
}
