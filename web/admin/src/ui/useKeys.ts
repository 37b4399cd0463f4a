import { useEffect, useRef } from "react";

const TYPING = "input, textarea, select, [contenteditable=true], [role=combobox], [role=dialog], .ant-modal, .ant-drawer";

/** Page-wide keys ("j", "/", "Mod+k"), silent while someone types; keys with Mod always work. */
export function useKeys(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      const mod = event.metaKey || event.ctrlKey;
      const act = latest.current[mod ? `Mod+${event.key.toLowerCase()}` : event.key];
      if (!act) return;
      if (!mod && event.target instanceof Element && event.target.closest(TYPING)) return;
      act(event);
    };
    window.addEventListener("keydown", heard);
    return () => window.removeEventListener("keydown", heard);
  }, []);
}
