import CustomerPage from "@/rooms/customers/CustomerPage";
import { MessageLog } from "@/rooms/sending/MessageLog";

/** One customer, with what was sent to them. */
export default function Customer() {
  return <CustomerPage MessageLog={MessageLog} />;
}
