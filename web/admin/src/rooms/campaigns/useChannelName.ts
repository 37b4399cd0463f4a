import { useChannels } from "@/api/queries";
import { usePick } from "@/ui";

/** A channel's own title; its key until the titles have arrived. */
export function useChannelName(): (key: string) => string {
  const say = usePick();
  const channels = useChannels();
  return (key) => {
    const channel = channels.data?.find((item) => item.key === key);
    return channel ? say(channel.title) : key;
  };
}
