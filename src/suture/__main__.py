"""`python -m suture`: the same as the `suture` command.

In: arguments. Out: the command's exit code. Refuses to know: anything else.
"""

from suture.cli.main import main

main()
