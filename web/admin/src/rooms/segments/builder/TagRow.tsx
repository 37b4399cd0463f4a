import { Select } from "antd";
import type { SegmentLeaf } from "../rule/tree";
import { words } from "../words";
import { useBuilder } from "./context";

/** A tag and the value somebody must have. */
export function TagRow({ leaf, tag }: { leaf: SegmentLeaf; tag: number | null }) {
  const t = words.use();
  const { catalog, dispatch } = useBuilder();
  const values = catalog.tags.find((one) => one.id === tag)?.values ?? [];
  const set = (change: Partial<SegmentLeaf>) => dispatch({ type: "replace", node: { ...leaf, ...change } });
  return (
    <>
      <span>{t("hasTag")}</span>
      <Select
        aria-label={t("chooseTag")}
        className="rule-field"
        placeholder={t("chooseTag")}
        showSearch={{ optionFilterProp: "label" }}
        autoFocus={tag === null}
        value={tag}
        options={catalog.tags.map((one) => ({ value: one.id, label: one.name }))}
        onChange={(id: number) => set({ tag: id, segment: null })}
      />
      {tag !== null && (
        <Select
          aria-label={t("chooseValue")}
          className="rule-op"
          placeholder={t("chooseValue")}
          popupMatchSelectWidth={false}
          value={leaf.segment}
          options={values.map((value) => ({ value: value.segment_id, label: value.label }))}
          onChange={(segment: number) => set({ tag, segment })}
        />
      )}
    </>
  );
}
