import { GateFields, MessageFields } from "@/rooms/campaigns/form/MessageFields";
import JourneyPage from "@/rooms/journeys/JourneyPage";
import type { Slots } from "@/rooms/journeys/canvas/context";
import { RuleField } from "@/rooms/segments/builder/RuleEditor";
import { TextFields } from "@/rooms/sending/TextFields";

const NOTHING: ReadonlySet<never> = new Set();

const Message: Slots["Message"] = ({ said, limited, set }) => (
  <>
    <MessageFields draft={said} set={set} wrong={NOTHING} Texts={TextFields} />
    {limited && <GateFields draft={said} set={set} />}
  </>
);

const slots: Slots = { Message, Rule: RuleField };

/** The canvas of a journey, with how messages and conditions are written elsewhere. */
export default function Journey() {
  return <JourneyPage slots={slots} />;
}
