"""docs/vrouter-pipeline.md is made from `core.stages`; run as a module this writes it anew."""

from pathlib import Path

from landbridge.core.stages import STAGES, Stage

PAGE = Path(__file__).parents[2] / "docs" / "vrouter-pipeline.md"
_HEAD = """# What a vrouter does with a packet

Made from `core/stages.py` by `python -m tests.support.pipeline_doc`.

One nftables table, `inet landbridge`, in the vrouter's namespace. The rules below do not change: what is configured
are elements of the sets and maps (`@name`), changed in one transaction each time. Only the first packet of a
connection looks at the stages that translate. `landbridge vrouter nftables NAME` shows the table with its elements.
"""


def page() -> str:
    """The page."""
    return _HEAD + "".join(map(_section, STAGES))


def _section(stage: Stage) -> str:
    base = f"`{stage.base}`" if stage.base else "Others lead to it."
    if stage.only_with:
        base += f" Only there with elements of `@{stage.only_with}`."
    rows = "".join(f"| `{rule.text.replace('|', chr(92) + '|')}` | {rule.why} |\n" for rule in stage.rules)
    return f"\n## {stage.name}\n{stage.about} {base}\n\n| rule | what for |\n|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(page())
