"""A service is one folder: copied under other names and dropped in, it works, and nothing outside was edited.

What of the suite looks at all services together runs here; the whole of it with `make test-house`.
"""

from pathlib import Path

import pytest

from tests.support import house

TOGETHER = (
    "tests/unit/services/account/test_accounts.py",
    "tests/unit/services/config",
    "tests/unit/services/l3/test_services.py",
    "tests/unit/cli/test_naming.py",
    "tests/unit/core/test_openapi.py",
)


@pytest.mark.skipif((house.ROOT / "src/landbridge/services/fip").exists(), reason="this is such a house")
def test_a_folder_is_all_there_is_of_a_service(tmp_path: Path) -> None:
    own = house.build(tmp_path)
    assert [str(path) for path in own] == ["tests/unit/services/fip", "tests/unit/services/port_mapping"]
    assert house.run(tmp_path, "pytest", "-x", *map(str, own), *TOGETHER) == 0


def test_twins_keep_no_name_of_the_original() -> None:
    for twin in house.TWINS:
        for old, new in twin.names.items():
            assert twin.renamed(old) == new
            assert old.lower() not in new.lower()
