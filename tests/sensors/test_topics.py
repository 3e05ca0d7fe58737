import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.sensors.topics import TagError, Template, TemplateError

READING = Template.parse("dc/{hall}/{zone}/{rack}/{sensor}")
IDS = st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True)


def test_a_topic_gives_its_tags() -> None:
    assert READING.match("dc/h1/A1/A1-r03/in-top") == {"hall": "h1", "zone": "A1", "rack": "A1-r03", "sensor": "in-top"}


def test_the_subscription_has_a_wildcard_for_each_tag() -> None:
    assert READING.filter() == "dc/+/+/+/+"


@given(IDS, IDS, IDS, IDS)
def test_what_format_makes_match_takes_apart(hall: str, zone: str, rack: str, sensor: str) -> None:
    tags = {"hall": hall, "zone": zone, "rack": rack, "sensor": sensor}
    assert READING.match(READING.format(**tags)) == tags


@given(st.text(max_size=60))
def test_no_text_makes_match_fail(topic: str) -> None:
    assert READING.match(topic) is None or topic.startswith("dc/")


@pytest.mark.parametrize(
    "topic",
    [
        *(
            "",
            "dc",
            "dc/h/z/r",
            "dc/h/z/r/s/t",
            "/dc/h/z/r/s",
            "dc//z/r/s",
            "dc/h/z/r/",
            "DC/h/z/r/s",
            "$dc/h/z/r/s",
            "dc/+/z/r/s",
            "dc/h/z/r/#",
        ),
        *(
            "dc/h/z/r/s ",
            "dc/h/z/r/s\n",
            "dc/h/z/r/s\x00",
            "dc/h/z/r/\u202es",
            "dc/h/z/r/\ufeffs",
            "dc/h/z/r/<script>",
            "dc/h/z/r/é",
            "dc/h/z/r/{}",
        ),
        *(
            "dc/h/z/r/%s",
            "dc/h/z/r/=cmd()",
            "dc/h/z/r/'; drop table",
            f"dc/h/z/r/{'s' * 65}",
            "dc/" + "a/" * 200,
            "dc/h/z/r/" + "s" * 65_000,
            "../../etc",
        ),
    ],
    ids=lambda topic: ascii(topic[:30]),
)
def test_what_the_broker_lets_through_and_is_no_topic_of_ours_does_not_match(topic: str) -> None:
    assert READING.match(topic) is None


@pytest.mark.parametrize("tag", ["", "a/b", "+", "#", "a b", "é", "a" * 65, "a\n", "{x}"])
def test_a_tag_that_is_no_id_is_refused(tag: str) -> None:
    with pytest.raises(TagError, match="is not 1 to 64"):
        Template.parse("dc/{hall}").format(hall=tag)


@pytest.mark.parametrize("tags", [{}, {"zone": "A1"}, {"hall": "h1", "zone": "A1"}])
def test_missing_and_unknown_tags_are_refused(tags: dict[str, str]) -> None:
    with pytest.raises(TagError, match="it takes hall"):
        Template.parse("dc/{hall}").format(**tags)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dc//{hall}",
        "dc/+/{hall}",
        "dc/#",
        "dc/{hall}-{zone}",
        "dc/{hall}/{hall}",
        "dc/{}",
        "dc/{hall!r}",
        "a/b/c/d/e/f/g/h/i",
        "dc/{hall",
    ],
)
def test_a_wrong_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        Template.parse(text)


def test_dots_are_ids_of_their_own_and_match_nothing_else() -> None:
    assert Template.parse("dc/a.b/{x}").match("dc/a-b/1") is None


def test_templates_compare_by_their_text() -> None:
    assert Template.parse("dc/{hall}") == Template.parse("dc/{hall}")
    assert len({Template.parse("dc/{hall}"), Template.parse("dc/{hall}")}) == 1
