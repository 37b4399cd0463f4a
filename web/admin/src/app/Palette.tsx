import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { api, ask } from "@/api/client";
import { useCampaigns, useSegments } from "@/api/queries";
import { Icon, useMay, useRested, type IconName } from "@/ui";
import { placesOf } from "./places";
import { appWords } from "./words";
import "./palette.css";

interface Entry {
  readonly to: string;
  readonly title: string;
  readonly kind: string;
  readonly icon: IconName;
}

function useEntries(q: string): Entry[] {
  const t = appWords.use();
  const may = useMay();
  const segments = useSegments(may("segments.read"));
  const campaigns = useCampaigns(may("campaigns.read"));
  const customers = useQuery({
    queryKey: ["palette", q],
    queryFn: () => ask(api.GET("/api/customers", { params: { query: { q, limit: 6 } } })),
    enabled: q.length > 1 && may("customers.read"),
  });
  const page = (to: string, title: string, icon: IconName, kind = t("pages")): Entry => ({ to, title, icon, kind });
  const only = (permission: string, entry: Entry) => (may(permission) ? [entry] : []);
  const fixed = [
    ...placesOf(may).map((place) => page(place.to, t(place.word), place.icon)),
    ...only("ingest.read", page("/imports?tab=rows", t("rowsToFix"), "wrench")),
    ...only("customers.read", page("/customers/review", t("review"), "merge")),
    ...only("audit.read", page("/settings?tab=audit", t("audit"), "clock")),
    page("/account", t("myAccount"), "user"),
    ...only("segments.write", page("/segments/new", t("newSegment"), "plus", t("actions"))),
    ...only("campaigns.write", page("/campaigns/new", t("newCampaign"), "plus", t("actions"))),
  ];
  const named: Entry[] = [
    ...(segments.data?.items ?? []).map((item) => page(`/segments/${item.id}`, item.name, "segments", t("segments"))),
    ...(campaigns.data?.items ?? []).map((item) => page(`/campaigns/${item.id}`, item.name, "campaigns", t("campaigns"))),
  ];
  const fits = (entry: Entry) => entry.title.toLowerCase().includes(q.toLowerCase());
  const people =
    q.length > 1
      ? (customers.data?.items ?? []).map((item) => page(`/customers/${item.uid}`, item.label, "user", t("customers")))
      : [];
  return [...(q ? fixed.filter(fits) : fixed), ...people, ...(q ? named.filter(fits) : named.slice(0, 6))];
}

/** Ctrl-K: everything in the console by its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = appWords.use();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const q = useRested(text.trim(), 120);
  const entries = useEntries(q);
  const [place, setPlace] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const at = Math.min(place, Math.max(0, entries.length - 1));
  useEffect(() => {
    const box = dialog.current;
    box?.showModal();
    return () => box?.close();
  }, []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" }); // may answer with a promise, which is no clean-up
  }, [at]);
  const open = (entry: Entry | undefined) => {
    if (!entry) return;
    void navigate(entry.to);
    onClose();
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => setPlace(Math.min(at + 1, entries.length - 1)),
    ArrowUp: () => setPlace(Math.max(at - 1, 0)),
    Enter: () => open(entries[at]),
  };
  return (
    <dialog ref={dialog} className="palette" onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()} aria-label={t("search")}>
      <div className="palette-input">
        <Icon name="search" />
        <input
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPlace(0);
          }}
          onKeyDown={(event) => {
            const act = event.nativeEvent.isComposing ? undefined : keys[event.key];
            if (!act) return;
            event.preventDefault();
            act();
          }}
          placeholder={t("searchLong")}
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={entries[at] ? `palette-${at}` : undefined}
          aria-label={t("searchLong")}
        />
        <kbd>Esc</kbd>
      </div>
      <ul ref={list} id="palette-list" role="listbox" aria-label={t("search")}>
        {entries.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.to}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => open(entry)}
            onMouseMove={() => setPlace(index)}
          >
            <Icon name={entry.icon} size={14} />
            <span>{entry.title}</span>
            <small>{entry.kind}</small>
          </li>
        ))}
        {entries.length === 0 && (
          <li className="palette-none soft" role="option" aria-selected={false}>
            {t("nothing", { q })} {t("nothingHint")}
          </li>
        )}
      </ul>
      <div className="palette-foot small soft">
        <span><kbd>↑</kbd> <kbd>↓</kbd> {t("keysHint")}</span>
        <span><kbd>↵</kbd> {t("keysOpen")}</span>
      </div>
    </dialog>
  );
}
