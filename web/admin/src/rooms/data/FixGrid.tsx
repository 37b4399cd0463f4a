import { Button, Input } from "antd";
import { useState } from "react";
import type { QuarantineGroup } from "@/api/types";
import { ButtonLink, Count, EmptyState, format, Icon, Part, toast, toastError, useMay, usePick } from "@/ui";
import { problems, type Problem } from "./problems";
import { useApply, useDropGroup, useGroups, useReplayGroup, useRestore, type Wanted } from "./queries";
import { useSourceName } from "./useSourceName";
import { words } from "./words";

/** Rows to fix by what is wrong with them: one value mended for all rows that have it. */
export function FixGrid() {
  const t = words.use();
  const groups = useGroups();
  return (
    <Part query={groups} height={240}>
      {(data) =>
        data.items.length === 0 ? (
          <EmptyState title={t("fixEmpty")}>{t("fixEmptyWhat")}</EmptyState>
        ) : (
          <ul className="fix-problems">
            {problems(data.items).map((problem, place) => (
              <One key={problem.key} problem={problem} first={place === 0} />
            ))}
          </ul>
        )
      }
    </Part>
  );
}

const wantedOf = (of: Problem | QuarantineGroup, value: string | null): Wanted => ({ import_id: of.import_id, source: of.source, field: of.field, code: of.code, value });

function useTold() {
  const t = words.use();
  return (answer: { replayed: number; still_bad: number } | null) => {
    if (answer) toast(t("replayed", { n: format.count(answer.replayed), left: format.count(answer.still_bad) }), answer.still_bad > 0 && answer.replayed === 0 ? "bad" : "good");
  };
}

function One({ problem, first }: { problem: Problem; first: boolean }) {
  const t = words.use();
  const may = useMay();
  const [open, setOpen] = useState(first);
  const name = useSourceName();
  const where = problem.import_id === 0 ? name(problem.source) : problem.source;
  return (
    <li>
      <div className="row apart wrap fix-head">
        <button type="button" className="fix-open" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? "down" : "chevron"} size={14} />
          <b>{t("problem", { field: problem.field || t("wholeRow"), what: t(`code.${problem.code as "missing"}`) })}</b>
          <span className="soft">{t("rowsOf", { n: format.count(problem.rows), where })}</span>
        </button>
        {may("ingest.write") && <Tools problem={problem} />}
      </div>
      {open && <Grid problem={problem} />}
    </li>
  );
}

function Tools({ problem }: { problem: Problem }) {
  const t = words.use();
  const told = useTold();
  const replay = useReplayGroup();
  const drop = useDropGroup();
  const restore = useRestore();
  const wanted = wantedOf(problem, null);
  const giveUp = () =>
    drop.mutate(wanted, {
      onSuccess: (ids) => toast(t("dropped", { n: format.count(ids.length) }), "good", () => restore.mutate(ids, { onError: toastError })),
      onError: toastError,
    });
  return (
    <span className="row">
      <ButtonLink to={problem.import_id ? `/imports?tab=rows&import_id=${problem.import_id}` : "/imports?tab=rows"} size="small" type="text">{t("oneByOne")}</ButtonLink>
      <Button size="small" loading={replay.isPending} onClick={() => replay.mutate(wanted, { onSuccess: told, onError: toastError })}>
        {t("replay")}
      </Button>
      <Button size="small" loading={drop.isPending} onClick={giveUp}>
        {t("drop")}
      </Button>
    </span>
  );
}

function Grid({ problem }: { problem: Problem }) {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const told = useTold();
  const apply = useApply();
  const [changed, setChanged] = useState<Readonly<Record<string, string>>>({});
  const editable = problem.field !== "" && may("ingest.write");
  const edits = problem.values.filter((group) => group.value in changed).map((group) => ({ wanted: wantedOf(group, group.value), value: changed[group.value] ?? "" }));
  const rows = problem.values.filter((group) => group.value in changed).reduce((sum, group) => sum + group.rows, 0);
  const save = () =>
    apply.mutate(edits, {
      onSuccess: (answer) => {
        setChanged({});
        told(answer);
      },
      onError: toastError,
    });
  return (
    <form
      className="fix-grid"
      onSubmit={(event) => {
        event.preventDefault();
        if (edits.length > 0) save();
      }}
    >
      <table className="table" aria-label={problem.field || t("wholeRow")}>
        <thead>
          <tr>
            <th>{t("colNow")}</th>
            <th className="numeric">{t("colRows")}</th>
            <th>{t("colNew")}</th>
          </tr>
        </thead>
        <tbody>
          {problem.values.map((group) => (
            <tr key={group.value}>
              <td title={say(group.reason)}>{group.value === "" ? <span className="soft">{t("nothing")}</span> : group.value}</td>
              <td className="numeric">
                <Count value={group.rows} />
              </td>
              <td>
                {editable && (
                  <Input
                    size="small"
                    aria-label={t("newFor", { value: group.value || t("nothing") })}
                    placeholder={t("keep")}
                    value={changed[group.value] ?? ""}
                    onChange={({ target }) =>
                      setChanged((before) => Object.fromEntries(Object.entries({ ...before, [group.value]: target.value }).filter(([, value]) => value !== "")))
                    }
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {edits.length > 0 && (
        <div className="row fix-apply">
          <Button type="primary" htmlType="submit" loading={apply.isPending}>
            {t("apply", { n: format.count(rows) })}
          </Button>
          <Button onClick={() => setChanged({})}>{t("reset")}</Button>
        </div>
      )}
    </form>
  );
}
