import { Link } from "react-router";
import { Count, Part } from "@/ui";
import { useSegment } from "../queries";
import { useLookalike } from "./queries";
import { Told } from "./Told";
import { words } from "./words";

/** Of a segment that was made as a look-alike: what it was made by. */
export function SimilarTab({ id }: { id: number }) {
  const t = words.use();
  const told = useLookalike(id);
  const seed = useSegment(told.data?.segment_id ?? null);
  return (
    <div className="similar-tab stack">
      <Part query={told} height={320}>
        {(data) => (
          <>
            <p className="similar-facts soft">
              <span>
                {t("madeOf")} <Link to={`/segments/${data.segment_id}`}>{seed.data?.name ?? `#${data.segment_id}`}</Link>
              </span>
              <span>
                {t("learnt")} <Count value={data.learnt} />
              </span>
              <span>
                {t("candidates")} <Count value={data.candidates} />
              </span>
              <span>
                {t("wanted")} <Count value={data.wanted} />
              </span>
            </p>
            <Told data={data} />
          </>
        )}
      </Part>
    </div>
  );
}
