"""What some put off: in order, for a day, and no more than so much of it."""

from email.message import EmailMessage

from hotzone.handlers.backlog import MOST, PATIENCE_S, Answer, Backlog

MAIL = EmailMessage()


class Post:
    """Sends, as it is told; `lost` is what nobody gets."""

    def __init__(self) -> None:
        self.at = 0.0
        self.answers: dict[str, Answer] = {}
        self.sent: list[str] = []
        self.lost: list[tuple[str, str, str]] = []
        self.backlog = Backlog(lambda *words: self.lost.append(words), now=lambda: self.at)

    async def __call__(self, _: EmailMessage, to: str) -> Answer | None:
        if to not in self.answers:
            self.sent.append(to)
        return self.answers.get(to)


async def test_each_is_tried_until_it_puts_off_the_next_one_too() -> None:
    post = Post()
    for number in range(3):
        post.backlog.add("a", f"e{number}", MAIL)
        post.backlog.add("b", f"e{number}", MAIL)
    post.answers["a"] = (452, "full")
    await post.backlog.send(post)
    assert post.sent == ["b", "b", "b"]
    assert "a" in post.backlog
    assert "b" not in post.backlog
    assert post.lost == []


async def test_what_is_refused_for_good_or_put_off_for_a_day_is_lost_and_told() -> None:
    post = Post()
    post.backlog.add("a", "e1", MAIL)
    post.backlog.add("b", "e2", MAIL)
    post.answers = {"a": (550, "gone"), "b": (452, "full")}
    await post.backlog.send(post)
    post.at = PATIENCE_S
    await post.backlog.send(post)
    assert post.lost == [("a", "e1", "gone"), ("b", "e2", "full")]
    assert "a" not in post.backlog
    assert "b" not in post.backlog


async def test_the_oldest_gives_way_when_too_many_wait() -> None:
    post = Post()
    for number in range(MOST + 1):
        post.backlog.add("a", f"e{number}", MAIL)
    assert post.lost == [("a", "e0", "too many mails wait")]
    post.backlog.close()
    assert len(post.lost) == MOST + 1
    assert "a" not in post.backlog
