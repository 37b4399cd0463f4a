import { Button, Modal } from "antd";
import { useState } from "react";
import type { Identity } from "@/api/types";
import { Icon, Part, Tag, TimeText, toast, toastError, useMay } from "@/ui";
import { useIdentity, useUnmerge } from "./queries";
import { Unmask } from "./Unmask";
import { words } from "./words";

/** Why these identifiers are one person: the evidence, what was refused, and a way back. */
export function IdentityTab({ uid }: { uid: number }) {
  const t = words.use();
  const identity = useIdentity(uid);
  return (
    <div className="identity">
      <Part query={identity}>
        {(data) => (
          <>
            <h2>{t("identityTitle")}</h2>
            <p className="soft">{data.members.length > 1 ? t("identityMany", { n: data.members.length }) : t("identityOne")}</p>
            <Members data={data} />
            {data.refused.length > 0 && <Refused data={data} />}
            <Ledger data={data} />
          </>
        )}
      </Part>
    </div>
  );
}

function Members({ data }: { data: Identity }) {
  const t = words.use();
  const edgeTo = (suid: number) => data.edges.filter((edge) => edge.b === suid || edge.a === suid);
  return (
    <ol className="identity-members">
      {data.members.map((member, place) => (
        <li key={member.suid}>
          {place > 0 &&
            edgeTo(member.suid).map((edge) => (
              <p key={`${edge.a} ${edge.b} ${edge.evidence}`} className="identity-edge small">
                <Icon name="merge" size={14} />
                <span>
                  {t("joinedBy", { evidence: edge.evidence })}
                  <span className="soft">
                    {" "}
                    · {t("fromSource", { source: edge.source })} · <TimeText at={edge.first_seen_at} />
                  </span>
                </span>
              </p>
            ))}
          <div className="identity-member">
            {member.identifiers.map((item) => (
              <div key={item.id} className="row apart wrap">
                <span className="row">
                  <Tag>{item.ns}</Tag>
                  <Unmask uid={data.uid} ns={item.ns} id={item.id} masked={item.masked} />
                  {item.scope && <span className="small soft">{item.scope}</span>}
                </span>
                <span className="small soft">
                  <TimeText at={item.first_seen_at} />
                </span>
              </div>
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Refused({ data }: { data: Identity }) {
  const t = words.use();
  return (
    <>
      <h3>{t("refused")}</h3>
      <ul className="identity-list">
        {data.refused.map((item) => (
          <li key={`${item.evidence} ${item.reason}`} className="row apart">
            <span>{item.evidence}</span>
            <Tag tone="warning">{item.reason}</Tag>
          </li>
        ))}
      </ul>
    </>
  );
}

function Ledger({ data }: { data: Identity }) {
  const t = words.use();
  const may = useMay();
  const unmerge = useUnmerge();
  const [asked, setAsked] = useState<Identity["ledger"][number] | null>(null);
  const confirm = () =>
    asked &&
    unmerge.mutate(asked.id, {
      onSuccess: () => {
        toast(t("unmerged"));
        setAsked(null);
      },
      onError: toastError,
    });
  return (
    <>
      <h3>{t("ledgerTitle")}</h3>
      {data.ledger.length === 0 && <p className="soft">{t("ledgerNone")}</p>}
      <ul className="identity-list">
        {data.ledger.map((item) => (
          <li key={item.id} className="row apart">
            <span>
              {t(item.kind === "merge" ? "merge" : "split")} · {item.reason}
              <span className="small soft">
                {" "}
                · <TimeText at={item.at} />
              </span>
            </span>
            {item.undone ? (
              <Tag>{t("undone")}</Tag>
            ) : (
              item.kind === "merge" &&
              may("people.merge") && (
                <Button size="small" icon={<Icon name="split" size={14} />} onClick={() => setAsked(item)}>
                  {t("unmerge")}
                </Button>
              )
            )}
          </li>
        ))}
      </ul>
      <Modal
        open={asked !== null}
        title={t("unmergeTitle")}
        okText={t("unmerge")}
        confirmLoading={unmerge.isPending}
        onOk={confirm}
        onCancel={() => setAsked(null)}
        width={440}
      >
        {t("unmergeWhat", { n: asked?.uids.length ?? 2 })}
      </Modal>
    </>
  );
}
