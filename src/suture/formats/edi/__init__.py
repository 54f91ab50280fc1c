"""What X12 and EDIFACT share: the notation of messages, and the tree of their loops (plan D6)."""
