"""What the tills of offline shops ask, and what they hand in.

Nouns: Card (what a till is shown of a member), code (changes every minute, shown by the member), document (a sale, or
goods given back). Hears: nothing. Emits: member.joined, person.identified, consent.changed, order.placed,
order.refunded (through `ingest`, as any message from outside).
"""
