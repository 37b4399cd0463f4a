import { Icon, usePick } from "@/ui";
import { iconOf, TRAITS, traitOf } from "../drawing/traits";
import { words } from "../words";
import { useFacts } from "./context";

export const DRAGGED = "application/x-regulars-node";

/** The kinds of nodes: dragged onto the canvas, or pressed to go behind the chosen node. */
export function Palette() {
  const t = words.use();
  const say = usePick();
  const { kinds, place } = useFacts();
  const groups = TRAITS.map((trait) => [trait, kinds.filter((kind) => traitOf(kind) === trait)] as const).filter(([, some]) => some.length > 0);
  return (
    <aside className="jpalette" aria-label={t("palette")}>
      <p className="small soft jpalette-help">{t("paletteHelp")}</p>
      {groups.map(([trait, some]) => (
        <section key={trait} className={`jpalette-group jnode-${trait}`}>
          <h2 className="small soft">{t(`t.${trait}`)}</h2>
          {some.map((kind) => (
            <button
              key={kind.key}
              type="button"
              draggable
              onDragStart={(event) => {
                event.dataTransfer.setData(DRAGGED, kind.key);
                event.dataTransfer.effectAllowed = "copy";
              }}
              onClick={() => place(kind.key)}
            >
              <i className="jnode-icon">
                <Icon name={iconOf(kind)} size={13} />
              </i>
              {say(kind.title)}
            </button>
          ))}
        </section>
      ))}
    </aside>
  );
}
