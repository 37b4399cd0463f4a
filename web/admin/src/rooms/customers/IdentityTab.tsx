import type { Identity } from "@/api/types";
import { Icon, Part, Tag, TimeText } from "@/ui";
import { Ledger } from "./Ledger";
import { useNamespace, useRefusal } from "./names";
import { useIdentity } from "./queries";
import { Unmask } from "./Unmask";
import { words } from "./words";

type Edge = Identity["edges"][number];

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
            {data.edges.length > 0 && <EdgeList title={t("used")} edges={data.edges} />}
            {data.refused.length > 0 && <EdgeList title={t("refused")} edges={data.refused} />}
            <Ledger ledger={data.ledger} />
          </>
        )}
      </Part>
    </div>
  );
}

/** Each identity as it was first seen, with its own identifiers. */
function Members({ data }: { data: Identity }) {
  const name = useNamespace();
  return (
    <ol className="identity-members">
      {data.members.map((member) => (
        <li key={member.suid} className="identity-member">
          {member.identifiers.map((item) => (
            <div key={item.id} className="row apart wrap">
              <span className="row">
                <Tag>{name(item.ns)}</Tag>
                <Unmask uid={data.uid} ns={item.ns} id={item.id} masked={item.masked} />
                {item.scope && <span className="small soft">{item.scope}</span>}
              </span>
              <span className="small soft">
                <TimeText at={item.first_seen_at} />
              </span>
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}

function EdgeList({ title, edges }: { title: string; edges: readonly Edge[] }) {
  const t = words.use();
  const name = useNamespace();
  const refusal = useRefusal();
  return (
    <>
      <h3>{title}</h3>
      <ul className="identity-list">
        {edges.map((edge) => (
          <li key={edge.id} className="row apart wrap">
            <span className="row wrap">
              <Icon name={edge.reason ? "close" : "merge"} size={14} />
              {t("evidencePair", { a: `${name(edge.a.ns)} ${edge.a.masked}`, b: `${name(edge.b.ns)} ${edge.b.masked}` })}
              {edge.reason && <Tag tone="warning">{refusal(edge.reason)}</Tag>}
            </span>
            <span className="small soft">
              {t("fromSource", { source: edge.source_id || edge.source })} · <TimeText at={edge.first_seen_at} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
