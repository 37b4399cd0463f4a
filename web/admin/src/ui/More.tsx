import { Button, Dropdown } from "antd";
import { useRef } from "react";
import { Link, useNavigate } from "react-router";
import { Icon, type IconName } from "./icons";
import { uiWords } from "./words";

export interface MoreItem {
  readonly key: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** A page it leads to. */
  readonly to?: string;
  /** A file it downloads. */
  readonly file?: string;
  readonly onClick?: () => void;
}

interface MoreProps {
  /** false: an entry that is not offered now. */
  readonly items: readonly (MoreItem | false)[];
  /** Whose menu it is, where a page has several. */
  readonly of?: string;
  /** In a row of a table. */
  readonly small?: boolean;
  /** Words on the button, instead of the three dots. */
  readonly label?: string;
  readonly icon?: IconName;
}

const FADED_MS = 400;

/** What else can be done here. By keys: Enter opens it on its first entry, arrows walk, Enter does it, Esc comes back. */
export function More({ items, of, small = false, label, icon }: MoreProps) {
  const t = uiWords.use();
  const navigate = useNavigate();
  const button = useRef<HTMLButtonElement>(null);
  const isOpen = useRef(false);
  const offered = items.filter((item) => item !== false);
  if (offered.length === 0) return null;
  const act = (item: MoreItem, byKey: boolean) => {
    // The menu goes away: what opens next gives the focus back to the button.
    button.current?.focus();
    item.onClick?.();
    // A mouse clicks the link itself; Enter reaches only its entry.
    if (byKey && item.to) void navigate(item.to);
    if (byKey && item.file) window.location.assign(item.file);
  };
  const entries = offered.map((item) => ({
    key: item.key,
    danger: item.danger ?? false,
    disabled: item.disabled ?? false,
    icon: item.icon && <Icon name={item.icon} size={14} />,
    label: <Entry item={item} />,
    onClick: ({ domEvent }: { domEvent: { type: string } }) => act(item, domEvent.type === "keydown"),
  }));
  // The focus that the menu had goes back to its button; where a mouse took it elsewhere it stays there.
  const giveBack = () => {
    if (isOpen.current) return;
    if (document.activeElement === document.body || document.activeElement?.closest(".ant-dropdown")) button.current?.focus();
  };
  // Asked again when the menu has faded: one that is closed while it opens takes the focus a moment later.
  const change = (open: boolean) => {
    isOpen.current = open;
    if (!open) [0, FADED_MS].forEach((ms) => window.setTimeout(giveBack, ms));
  };
  return (
    <Dropdown menu={{ items: entries }} trigger={["click"]} placement="bottomRight" autoFocus onOpenChange={change}>
      {label ? (
        <Button ref={button} icon={icon && <Icon name={icon} size={14} />}>
          {label}
          <Icon name="down" size={12} />
        </Button>
      ) : (
        <Button ref={button} icon={<Icon name="more" />} aria-label={of ? `${t("more")}: ${of}` : t("more")} {...(small ? { size: "small", type: "text" } : {})} />
      )}
    </Dropdown>
  );
}

function Entry({ item }: { item: MoreItem }) {
  if (item.to) return <Link to={item.to}>{item.label}</Link>;
  if (item.file)
    return (
      <a href={item.file} download>
        {item.label}
      </a>
    );
  return <>{item.label}</>;
}
