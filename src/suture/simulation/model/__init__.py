"""The peers without sockets or a clock: input and time go in, state and outputs come out."""
