"""Names in files to ids in the site."""

import pytest

from hotzone.sensors.tables import NameTemplate, TableError, Trouble, Unreadable, sensor_id


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A1/r1/in-top", "A1/r1/in-top"),
        ("-1/r1/in-", "-1/r1/in-"),
        ("'-1/r1/in", "-1/r1/in"),
        ("A1/Ambient Temp/in", "A1/Ambient-Temp/in"),
        ("A1/Gäste-WC #2/in", "A1/Gaste-WC-2/in"),
        ("A1/=1+1/in", "A1/1-1/in"),
        ("A1/" + "x" * 100 + "/in", "A1/" + "x" * 64 + "/in"),
    ],
)
def test_an_id_holds_only_what_ids_may(text: str, name: str) -> None:
    assert sensor_id(text) == name


@pytest.mark.parametrize("text", ["", "A1", "A1/r1", "A1/r1/in/more", "A1//in", "A1/温度/in", "A1/ /in"])
def test_what_is_no_zone_rack_and_position_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        sensor_id(text)
    assert caught.value.trouble is Trouble.BAD_NAME


def test_holes_are_filled_from_name_file_and_columns() -> None:
    template = NameTemplate("{zone}/{sensor}/in-{2}")
    assert template.columns == ("zone", "2")
    assert template.bind({"zone": 4, "2": 1}.__getitem__) == (4, 1)
    assert template.fill("r1", "file", ["A1", "7"]) == "A1/r1/in-7"
    assert NameTemplate("A1/{file}/in").fill("", "monday", []) == "A1/monday/in"
    assert NameTemplate("A1/{room/id}/{in/out}").fill("", "", ["r1", "in"]) == "A1/r1/in"


def test_a_name_of_which_nothing_is_left_is_told_from_a_missing_part() -> None:
    with pytest.raises(Unreadable, match='holds "温度", of which no id can be made'):
        sensor_id("A1/温度/in")
    with pytest.raises(Unreadable, match="is not zone/rack/position"):
        sensor_id("A1/r1")


def test_a_name_brings_no_slashes_into_a_template() -> None:
    assert NameTemplate("A1/{sensor}/in").fill("../x", "", []) == "A1/..-x/in"
    assert NameTemplate("{sensor}").fill("A1/r1/in", "", []) == "A1/r1/in"


@pytest.mark.parametrize("text", ["A1", "A1/r1", "A1/{host}", "A1/{}/in", "A1/{host/in", "a/b/c/d"])
def test_a_template_has_three_parts_and_whole_holes(text: str) -> None:
    with pytest.raises(TableError, match="--as"):
        NameTemplate(text)
