import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Me } from "@/api/types";
import { Icon, useRested } from "@/ui";
import { useEntries, type Entry } from "./palette/entries";
import { remember } from "./palette/recent";
import { appWords } from "./words";
import "./palette.css";

const RESTS_MS = 180;
const groupWords = {
  recent: "recent",
  customers: "customers",
  actions: "actions",
  pages: "pages",
  segments: "segments",
  campaigns: "campaigns",
  audiences: "audiences",
} as const;

/** Ctrl-K: everything in the console by its name, a customer by phone or order number; by keyboard alone. */
export function Palette({ me, onClose }: { me: Me; onClose: () => void }) {
  const t = appWords.use();
  const navigate = useNavigate();
  const whose = `${me.user.id}.${me.brand_id}`;
  const [text, setText] = useState("");
  const q = useRested(text.trim(), RESTS_MS);
  const { entries, searching } = useEntries(q, whose);
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
    list.current?.querySelector(`#palette-${at}`)?.scrollIntoView({ block: "nearest" }); // may answer with a promise, which is no clean-up
  }, [at]);
  const open = (entry: Entry | undefined) => {
    if (!entry) return;
    remember(whose, entry);
    void navigate(entry.to);
    onClose();
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => setPlace(entries.length ? (at + 1) % entries.length : 0),
    ArrowUp: () => setPlace(entries.length ? (at - 1 + entries.length) % entries.length : 0),
    Home: () => setPlace(0),
    End: () => setPlace(Math.max(0, entries.length - 1)),
    // What is shown is of the letters before: going there now would go elsewhere than was typed.
    Enter: () => text.trim() === q && open(entries[at]),
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
      <ul ref={list} id="palette-list" role="listbox" aria-label={t("search")} aria-busy={searching}>
        {entries.map((entry, index) => (
          <li
            key={`${entry.group} ${entry.to}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => open(entry)}
            onMouseMove={() => setPlace(index)}
          >
            <Icon name={entry.icon} size={14} />
            <span>{entry.title}</span>
            <small>{entries[index - 1]?.group === entry.group ? "" : t(groupWords[entry.group])}</small>
          </li>
        ))}
        {entries.length === 0 && (
          <li className="palette-none soft" role="option" aria-selected={false}>
            {searching ? t("searching") : `${t("nothing", { q })} ${t("nothingHint")}`}
          </li>
        )}
      </ul>
      <div className="palette-foot small soft">
        <span><kbd>↑</kbd> <kbd>↓</kbd> {t("keysHint")}</span>
        <span><kbd>↵</kbd> {t("keysOpen")}</span>
        <span><kbd>Esc</kbd> {t("keysClose")}</span>
      </div>
    </dialog>
  );
}
