"""The only way out of the house: everything that reaches a person from us passes here.

Nouns: Channel (kind), SendBatch (what is to be sent to whom under which rules), SendChunk (one provider request),
suppression, contact budget, exception (who did not get it, and why), Post (one text for groups or a feed, through
guides), Notice (what staff are told in a group, by a Robot).
Hears: nothing yet. Emits: message.sent, message.failed.
"""
