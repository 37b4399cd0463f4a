import { useState } from "react";
import { Icon, useMay } from "@/ui";
import { usePractice } from "../queries";
import { EndPractice } from "./EndPractice";
import { words } from "./words";
import "./strip.css";

/** On every page, while every call goes to the sandbox. */
export function PracticeStrip() {
  const t = words.use();
  const may = useMay();
  const practice = usePractice();
  const [ending, end] = useState(false);
  if (!practice.data?.on) return null;
  return (
    <div className="practice-strip" role="status">
      <Icon name="info" />
      <p>
        <b>{t("title")}</b>
        {t("strip")}
      </p>
      <a href={practice.data.url} target="_blank" rel="noreferrer">
        {t("sandbox")}
      </a>
      {may("settings.write") && (
        <button type="button" onClick={() => end(true)}>
          {t("endShort")}
        </button>
      )}
      {ending && <EndPractice onClose={() => end(false)} />}
    </div>
  );
}
