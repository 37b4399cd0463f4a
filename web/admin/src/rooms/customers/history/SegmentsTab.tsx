import { Select } from "antd";
import { Link } from "react-router";
import { useWhy } from "@/api/queries";
import { useSegmentChoice } from "@/api/segmentChoice";
import type { Customer, SegmentOfPerson } from "@/api/types";
import { Part, Tag, useFilters, Why } from "@/ui";
import { words } from "./words";
import "./history.css";

/** Where a customer is in, and for any segment why, condition by condition. */
export function SegmentsTab({ data }: { data: Customer }) {
  const t = words.use();
  const [params, change] = useFilters();
  const own = data.segments as unknown as SegmentOfPerson[];
  const chosen = Number(params.get("segment")) || own[0]?.id || null;
  const segments = useSegmentChoice(chosen);
  return (
    <div className="segments-why">
      <div className="row wrap">
        {own.length === 0 && <span className="soft">{t("inNone")}</span>}
        {own.map((one) => (
          <button key={one.id} type="button" className="segments-own" aria-pressed={one.id === chosen} onClick={() => change({ segment: one.id })}>
            <Tag tone={one.id === chosen ? "info" : "plain"}>{one.name}</Tag>
          </button>
        ))}
      </div>
      <Select
        className="segments-pick"
        aria-label={t("whyPick")}
        placeholder={t("whyPick")}
        showSearch={segments.search}
        value={chosen}
        onChange={(id: number) => change({ segment: id })}
        options={segments.items.map((one) => ({ value: one.id, label: one.name }))}
      />
      {chosen !== null && <WhyIn segment={chosen} uid={data.uid} name={segments.own?.name ?? ""} />}
    </div>
  );
}

function WhyIn({ segment, uid, name }: { segment: number; uid: number; name: string }) {
  const why = useWhy(segment, uid);
  return (
    <Part query={why}>
      {(data) => (
        <Why data={data}>
          <Link className="link" to={`/segments/${segment}`}>
            {name}
          </Link>
        </Why>
      )}
    </Part>
  );
}
