import type { ReactNode } from "react";
import { Icon } from "./icons";
import "./banner.css";

interface BannerProps {
  readonly tone: "info" | "warning" | "bad" | "good";
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Something true of the whole page that must not be missed. */
export function Banner({ tone, title, children, action }: BannerProps) {
  return (
    <div className={`banner banner-${tone}`} role={tone === "bad" ? "alert" : "note"}>
      <Icon name={tone === "good" ? "check" : tone === "info" ? "info" : "warning"} />
      <div>
        {title && <h3>{title}</h3>}
        {children}
      </div>
      {action}
    </div>
  );
}
