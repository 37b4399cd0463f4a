import SegmentPage from "@/rooms/segments/SegmentPage";
import { ReachTable } from "@/rooms/sending/Reach";
import { appWords } from "./words";

/** One segment, with whom of it each channel reaches. */
export default function Segment() {
  const t = appWords.use();
  return <SegmentPage reach={{ title: t("reach"), Tab: ReachTable }} />;
}
