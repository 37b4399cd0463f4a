import { Button } from "antd";
import { Link } from "react-router";
import { format, Part, useMay } from "@/ui";
import { useFacts } from "../canvas/context";
import { usePeopleAt } from "../queries";
import { words } from "../words";

/** Who stands at a node now, a page at a time; only for those who may look at customers. */
export function PeopleHere({ node, people }: { node: string; people: number }) {
  const t = words.use();
  const may = useMay();
  const { journey } = useFacts();
  const allowed = may("customers.read");
  const found = usePeopleAt(journey.id, node, allowed);
  if (!allowed) return null;
  return (
    <section className="jpeople" aria-label={t("people")}>
      <p className="jlabel">
        {t("people")} <span className="soft">{format.count(people)}</span>
      </p>
      <Part query={found} height={60}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          const left = Math.max(0, people - items.length);
          return (
            <>
              {items.length === 0 && <p className="small soft">{t("peopleNone")}</p>}
              <ul>
                {items.map((one) => (
                  <li key={one.uid}>
                    <Link className="link" to={`/customers/${one.uid}`}>
                      {one.label}
                    </Link>
                  </li>
                ))}
              </ul>
              {found.hasNextPage && (
                <Button size="small" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                  {t("peopleMore", { n: format.count(left) })}
                </Button>
              )}
            </>
          );
        }}
      </Part>
    </section>
  );
}
