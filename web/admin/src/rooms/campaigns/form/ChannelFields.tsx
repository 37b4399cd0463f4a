import { Input } from "antd";
import type { Channel } from "@/api/types";
import { Field } from "@/ui";
import { words } from "../words";
import type { Draft } from "./draft";

interface Property {
  readonly title?: string;
  readonly description?: string;
  readonly format?: string;
  readonly type?: string;
  readonly default?: unknown;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}

interface ChannelFieldsProps {
  readonly channel: Channel | undefined;
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
}

/** The settings a channel asks for, drawn from its own schema; those with a sensible default stay folded. */
export function ChannelFields({ channel, draft, set }: ChannelFieldsProps) {
  const t = words.use();
  const schema = (channel?.config_schema ?? {}) as Schema;
  const all = Object.entries(schema.properties ?? {});
  const needed = all.filter(([key]) => schema.required?.includes(key));
  const rest = all.filter(([key]) => !schema.required?.includes(key));
  const one = ([key, property]: readonly [string, Property]) => (
    <Field key={key} label={property.title ?? key} help={property.description}>
      {(id, about) => (
        <Input
          id={id}
          aria-describedby={about}
          type={property.format === "password" ? "password" : property.type === "number" || property.type === "integer" ? "number" : "text"}
          autoComplete="off"
          placeholder={property.default === undefined ? "" : String(property.default)}
          value={draft.config[key] ?? ""}
          onChange={(event) => set({ config: { ...draft.config, [key]: event.target.value } })}
        />
      )}
    </Field>
  );
  return (
    <>
      {needed.map(one)}
      {rest.length > 0 && (
        <details className="field channel-rest">
          <summary className="small soft">{t("channelMore")}</summary>
          {rest.map(one)}
        </details>
      )}
    </>
  );
}

/** Settings as the channel wants them: what was left empty falls back to its default, numbers are numbers. */
export function typedConfig(channel: Channel | undefined, config: Draft["config"]): Record<string, string | number> {
  const schema = (channel?.config_schema ?? {}) as Schema;
  const typed: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(config)) {
    if (value === "") continue;
    const type = schema.properties?.[key]?.type;
    typed[key] = type === "number" || type === "integer" ? Number(value) : value;
  }
  return typed;
}
