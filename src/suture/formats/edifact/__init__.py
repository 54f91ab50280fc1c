"""The EDIFACT codec: lossless, without IO, with the structure of messages as data."""
