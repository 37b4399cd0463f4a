/** Put a text on the clipboard; also on pages without TLS, where browsers offer none of their own. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const holder = document.createElement("textarea");
  holder.value = text;
  holder.style.position = "fixed";
  holder.style.opacity = "0";
  // Inside a dialog the focus may not leave it.
  (document.activeElement?.parentElement ?? document.body).append(holder);
  holder.select();
  document.execCommand("copy");
  holder.remove();
}
