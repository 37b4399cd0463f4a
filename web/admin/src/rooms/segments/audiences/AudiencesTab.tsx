import { Button, Modal } from "antd";
import { useState } from "react";
import type { Audience, AudienceTarget, Segment } from "@/api/types";
import { EmptyState, format, Icon, More, Part, Section, Tag, toast, toastError, useMay, type MoreItem } from "@/ui";
import { AudienceForm } from "./AudienceForm";
import { DeliveryView, History } from "./DeliveryView";
import { useAudiences, useDeleteAudience, useDeliveries, usePrepare, useTargets } from "./queries";
import { TargetLine } from "./TargetLine";
import { words } from "./words";
import "./audiences.css";

/** What of a segment is handed to whom. */
export function AudiencesTab({ segment }: { segment: Segment }) {
  const t = words.use();
  const may = useMay();
  const audiences = useAudiences(segment.id);
  const targets = useTargets(segment.id);
  const [making, setMaking] = useState(false);
  const make = may("POST /api/audiences") && (
    <Button icon={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
      {t("new")}
    </Button>
  );
  return (
    <div className="audiences">
      <Part query={audiences} height={200}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title={t("emptyTitle")} action={make}>
              {t("emptyWhat")}
            </EmptyState>
          ) : (
            <>
              {data.items.map((one) => (
                <Package key={one.id} audience={one} target={targets.data?.items.find((aim) => aim.audience_id === one.id)} />
              ))}
              <div>{make}</div>
            </>
          )
        }
      </Part>
      <AudienceForm segment={segment} open={making} onClose={() => setMaking(false)} />
    </div>
  );
}

function Package({ audience, target }: { audience: Audience; target: AudienceTarget | undefined }) {
  const t = words.use();
  const deliveries = useDeliveries(audience.id);
  const kinds = audience.identifiers.map((one) => t(`kind.${one.kind}`)).join(t("comma"));
  return (
    <Section
      title={
        <span className="row wrap">
          {audience.name}
          <Tag>{audience.recipient}</Tag>
        </span>
      }
      note={
        <>
          {t("writtenAs", { kinds, hash: t(`hash.${audience.hash ?? "sha256"}`) })}
          {audience.held_lines > 0 && ` · ${t("held", { recipient: audience.recipient, n: format.count(audience.held_lines) })}`}
        </>
      }
      actions={<Actions audience={audience} busy={deliveries.data?.items[0]?.state === "running" || target?.state === "pushing"} uploaded={target !== undefined} />}
    >
      <Part query={deliveries} height={96}>
        {({ items: [newest, ...earlier] }) => (
          <>
            {target && <TargetLine audience={audience} target={target} />}
            {newest && <DeliveryView uploaded={target !== undefined} audience={audience} delivery={newest} first={audience.held_lines === 0} />}
            <History deliveries={earlier} />
          </>
        )}
      </Part>
    </Section>
  );
}

function Actions({ audience, busy, uploaded }: { audience: Audience; busy: boolean; uploaded: boolean }) {
  const t = words.use();
  const may = useMay();
  const prepare = usePrepare(audience.id);
  const remove = useDeleteAudience();
  const [asking, ask] = useState(false);
  if (!may("POST /api/audiences")) return null;
  const items: MoreItem[] = [
    { key: "back", label: t("takeBack"), disabled: busy, onClick: () => ask(true) },
    {
      key: "delete",
      danger: true,
      label: t("remove"),
      icon: "trash",
      onClick: () => remove.mutate(audience.id, { onSuccess: () => toast(t("removed", { name: audience.name })), onError: toastError }),
    },
  ];
  return (
    <>
      <Button size="small" disabled={busy} loading={prepare.isPending} icon={<Icon name="refresh" size={14} />} onClick={() => prepare.mutate(false, { onError: toastError })}>
        {t(uploaded ? "upload" : "again")}
      </Button>
      <More items={items} of={audience.name} small />
      <Modal
        open={asking}
        title={t("takeBack")}
        width={440}
        okText={t("takeBack")}
        cancelText={t("cancel")}
        onCancel={() => ask(false)}
        onOk={() => {
          ask(false);
          prepare.mutate(true, { onSuccess: () => toast(t(uploaded ? "takeBackUploading" : "takeBackDone")), onError: toastError });
        }}
      >
        <p>{t(uploaded ? "takeBackUploaded" : "takeBackWhat", { name: audience.name })}</p>
      </Modal>
    </>
  );
}
