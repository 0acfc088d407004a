"""rich: tables, markup, a progress bar without a thread, tracebacks.

with: rich
"""

import io

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

shown = io.StringIO()
console = Console(file=shown, width=40, force_terminal=True, color_system="standard", legacy_windows=False)
console.print("[bold red]alert[/] plain")
assert "\x1b[1;31malert\x1b[0m plain" in shown.getvalue(), shown.getvalue()
table = Table("Name", "Value")
table.add_row("a", "1")
console.print(table)
assert "│ a    │ 1     │" in shown.getvalue(), shown.getvalue()
# Refreshing by itself is a thread's work.
with Progress(console=console, auto_refresh=False) as progress:
    task = progress.add_task("Work", total=2)
    progress.update(task, advance=2)
    progress.refresh()
assert "100%" in shown.getvalue()
try:
    1 / 0
except ZeroDivisionError:
    console.print_exception()
assert "ZeroDivisionError" in shown.getvalue()
