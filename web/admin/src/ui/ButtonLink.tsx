import { Button, type ButtonProps } from "antd";
import { useHref, useLinkClickHandler } from "react-router";

type Look = Pick<ButtonProps, "type" | "size" | "icon" | "children" | "className">;

/** Leads to a page of the console and looks like a button: one link, not a button inside of one. */
export function ButtonLink({ to, ...look }: Look & { readonly to: string }) {
  const follow = useLinkClickHandler<HTMLElement & HTMLAnchorElement>(to);
  return <Button {...look} href={useHref(to)} onClick={follow as NonNullable<ButtonProps["onClick"]>} />;
}

/** Downloads a file. */
export function FileLink({ file, ...look }: Look & { readonly file: string }) {
  return <Button {...look} href={file} download />;
}
