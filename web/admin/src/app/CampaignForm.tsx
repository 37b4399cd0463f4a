import CampaignFormPage from "@/rooms/campaigns/CampaignForm";
import { Preview } from "@/rooms/sending/Preview";
import { ReachOfChannel } from "@/rooms/sending/Reach";
import { TextFields } from "@/rooms/sending/TextFields";

/** The form of a campaign, with how its message is written, reaches and reads. */
export default function CampaignForm() {
  return <CampaignFormPage slots={{ Texts: TextFields, Reach: ReachOfChannel, Preview }} />;
}
