import { Button, Input, Popconfirm } from "antd";
import { useState } from "react";
import type { Note } from "@/api/types";
import { EmptyState, Field, Part, TimeText, toast, toastError, useMay } from "@/ui";
import { useAddNote, useDeleteNote, useEditNote, useNotes } from "./queries";
import { words } from "./words";
import "./history.css";

const LONGEST = 2_000;

/** What colleagues wrote about a customer. */
export function NotesTab({ uid }: { uid: number }) {
  const t = words.use();
  const may = useMay();
  const notes = useNotes(uid);
  return (
    <div className="notes">
      {may("customers.write") && <Write uid={uid} />}
      <Part query={notes}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t("noteNone")}>{t("noteNoneWhat")}</EmptyState>
          ) : (
            <ul className="note-list">
              {items.map((one) => (
                <OneNote key={one.id} uid={uid} note={one} />
              ))}
            </ul>
          )
        }
      </Part>
    </div>
  );
}

function Write({ uid }: { uid: number }) {
  const t = words.use();
  const add = useAddNote(uid);
  const [text, setText] = useState("");
  return (
    <Field label={t("noteNew")} help={t("noteHelp")}>
      {(id, about) => (
        <div className="note-write">
          <Input.TextArea id={id} aria-describedby={about} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={LONGEST} value={text} onChange={(event) => setText(event.target.value)} />
          <Button type="primary" disabled={!text.trim()} loading={add.isPending} onClick={() => add.mutate(text, { onSuccess: () => setText(""), onError: toastError })}>
            {t("noteAdd")}
          </Button>
        </div>
      )}
    </Field>
  );
}

function OneNote({ uid, note }: { uid: number; note: Note }) {
  const t = words.use();
  const edit = useEditNote(uid);
  const remove = useDeleteNote(uid);
  const [text, setText] = useState<string | null>(null);
  return (
    <li>
      <div className="row apart wrap small soft">
        <span>
          {note.author} · <TimeText at={note.written_at} />
          {note.edited_at && (
            <>
              {" · "}
              {t("noteEdited")} <TimeText at={note.edited_at} />
            </>
          )}
        </span>
        {note.own && text === null && (
          <span className="row">
            <button type="button" className="link" onClick={() => setText(note.text)}>
              {t("noteEdit")}
            </button>
            <Popconfirm title={t("noteDeleteAsk")} okText={t("noteDelete")} cancelText={t("cancel")} onConfirm={() => remove.mutate(note.id, { onSuccess: () => toast(t("noteDeleted")), onError: toastError })}>
              <button type="button" className="link">
                {t("noteDelete")}
              </button>
            </Popconfirm>
          </span>
        )}
      </div>
      {text === null ? (
        <p className="note-text">{note.text}</p>
      ) : (
        <div className="note-write">
          <Input.TextArea aria-label={t("noteEdit")} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={LONGEST} value={text} onChange={(event) => setText(event.target.value)} />
          <span className="row">
            <Button size="small" onClick={() => setText(null)}>
              {t("cancel")}
            </Button>
            <Button size="small" type="primary" disabled={!text.trim()} loading={edit.isPending} onClick={() => edit.mutate({ id: note.id, text }, { onSuccess: () => setText(null), onError: toastError })}>
              {t("noteSave")}
            </Button>
          </span>
        </div>
      )}
    </li>
  );
}
