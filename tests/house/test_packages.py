"""The five folders are one namespace, and nothing is forgotten in the wheel."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from support.house import FOLDERS, PACKAGES, ROOT, installed, installed_files, package_files

SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def test_pyproject_lists_every_package() -> None:
    found = {installed(path).rpartition("/")[0].replace("/", ".") for path in installed_files() if path.name == "__init__.py"}
    assert set(SETUP["packages"]) == found
    assert SETUP["packages"] == sorted(SETUP["packages"])
    assert SETUP["package-dir"] == PACKAGES


def test_every_folder_with_code_is_a_package() -> None:
    assert [path for path in package_files(ROOT) if path.suffix == ".py" and not (path.parent / "__init__.py").exists()] == []


def test_every_package_says_that_it_is_typed_and_the_type_checker_finds_it() -> None:
    for folder in FOLDERS:
        assert (ROOT / folder / "py.typed").is_file()
        link = ROOT / "typings" / "hotzone" / folder
        assert link.resolve() == ROOT / folder, "a clone without symbolic links cannot check its types"


def test_hotzone_is_the_only_name_that_the_wheel_installs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"hotzone"}
    assert "hotzone/__init__.py" not in names


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    missing = [path.relative_to(ROOT).as_posix() for path in installed_files() if installed(path) not in names]
    assert missing == [], "name them under [tool.setuptools] packages or package-data"


def test_the_command_works_from_the_wheel_outside_of_the_clone(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    program = (
        f"import sys; sys.meta_path = [finder for finder in sys.meta_path if '__editable__' not in str(finder)];"
        f"sys.path.insert(0, {str(tmp_path / 'installed')!r}); import hotzone.app;"
        f"assert hotzone.app.__file__.startswith({str(tmp_path)!r}), hotzone.app.__file__;"
        f"sys.argv = ['hotzone', 'check', {str(tmp_path / 'installed/hotzone/config/sites/demo.toml')!r}];"
        f"from hotzone.app.cli import main; main()"
    )
    shown = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "crac-1" in shown.stdout
