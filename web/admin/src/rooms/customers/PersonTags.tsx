import { Button, Popover, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useTags } from "@/api/queries";
import type { PersonTag } from "@/api/types";
import { Icon, Part, Section, TimeText, toast, toastError, useMay } from "@/ui";
import { useSetOnPerson, useTagsOf } from "./queries";
import { words } from "./words";

/** A customer's tags, each with where it comes from and since when. */
export function PersonTags({ uid }: { uid: number }) {
  const t = words.use();
  const may = useMay();
  const tags = useTagsOf(uid);
  const write = may("customers.write");
  return (
    <Section title={t("tags")} actions={write && may("segments.read") && <SetTag uid={uid} />}>
      <Part query={tags}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="soft">{t("personNone")}</p>
          ) : (
            <ul className="stack">
              {data.items.map((item) => (
                <One key={item.tag_id} uid={uid} item={item} write={write} />
              ))}
            </ul>
          )
        }
      </Part>
    </Section>
  );
}

function One({ uid, item, write }: { uid: number; item: PersonTag; write: boolean }) {
  const t = words.use();
  const set = useSetOnPerson(uid);
  const take = () => set.mutate({ tag: item.tag_id, no: null }, { onSuccess: () => toast(t("soon")), onError: toastError });
  return (
    <li>
      <div className="row apart">
        <Link to={`/tags/${item.tag_id}`} className="soft">
          {item.name}
        </Link>
        <span className="row">
          <b className="tag-value">{item.label}</b>
          {write && item.origin === "manual" && (
            <button type="button" className="tag-take" aria-label={t("takeAway", { name: item.name })} title={t("takeAway", { name: item.name })} disabled={set.isPending} onClick={take}>
              <Icon name="close" size={12} />
            </button>
          )}
        </span>
      </div>
      <p className="small soft">
        {t(`origin.${item.origin}`)}
        {item.since && (
          <>
            {" · "}
            {t("since")} <TimeText at={item.since} />
          </>
        )}
      </p>
    </li>
  );
}

function SetTag({ uid }: { uid: number }) {
  const t = words.use();
  const tags = useTags({ origin: "manual", limit: 200 });
  const set = useSetOnPerson(uid);
  const [open, setOpen] = useState(false);
  const manual = tags.data?.items ?? [];
  const options = manual.map((tag) => ({ label: tag.name, options: tag.values.map((value) => ({ value: `${tag.id}:${value.no}`, label: `${tag.name}：${value.label}` })) }));
  const choose = (chosen: string) => {
    const [tag = 0, no = 0] = chosen.split(":").map(Number);
    setOpen(false);
    set.mutate({ tag, no }, { onSuccess: () => toast(t("soon")), onError: toastError });
  };
  const list =
    manual.length === 0 ? (
      <p className="small soft tag-none">{t("noManual")}</p>
    ) : (
      <Select aria-label={t("chooseValue")} className="tag-choose" defaultOpen autoFocus placeholder={t("chooseValue")} showSearch={{ optionFilterProp: "label" }} options={options} value={null} onChange={choose} />
    );
  return (
    <Popover content={list} trigger="click" open={open} onOpenChange={setOpen} placement="bottomRight" destroyOnHidden>
      <Button size="small" type="text" icon={<Icon name="plus" size={12} />}>
        {t("setTag")}
      </Button>
    </Popover>
  );
}
