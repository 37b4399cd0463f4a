import { Input, type InputRef } from "antd";
import { useRef } from "react";
import { Icon } from "./icons";
import { useKeys } from "./useKeys";

interface SearchBoxProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly placeholder: string;
}

/** The search of a list; "/" goes to it. */
export function SearchBox({ value, onChange, placeholder }: SearchBoxProps) {
  const input = useRef<InputRef>(null);
  useKeys({
    "/": (event) => {
      event.preventDefault();
      input.current?.focus();
    },
  });
  return (
    <Input
      ref={input}
      className="search-box"
      type="search"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
      placeholder={placeholder}
      aria-label={placeholder}
      prefix={<Icon name="search" size={14} />}
      suffix={value ? null : <kbd className="wide-only">/</kbd>}
    />
  );
}
