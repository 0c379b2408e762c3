"""The posts that the emulators publish: a thousand and more, the same at every start, and what may happen to them while somebody reads.

    log = Weblog(1000)
    log.edit(17); log.delete(3); log.add()            # as its author does; `log.posts` is newest first
    routes = {"*": site(log, ...)}                    # an emulator's, for tests/web.py
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape

from web import Answer, Request

BEGAN = datetime(2009, 3, 1, 8, 30, tzinfo=UTC)
EVERY = timedelta(days=4, hours=7)  # a thousand of them are nearly twelve years
WORDS = ["weir", "ferry", "lantern", "orchard", "heron", "quarry", "ledger", "harbour", "thistle", "kiln", "meadow", "signal", "bramble", "cellar", "gannet"]


@dataclass(frozen=True)
class Post:
    """One post; `path` is its own and stays."""

    number: int
    title: str
    published: datetime
    updated: datetime
    text: str

    @property
    def path(self) -> str:
        return f"/{self.published:%Y/%m}/{self.title.lower().replace(' ', '-')}/"

    @property
    def html(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.text.split("\n"))


@dataclass
class Weblog:
    """`size` posts, EVERY apart, or `together` of them at the same moment."""

    size: int = 1000
    together: int = 1
    title: str = "The ferry log"
    posts: list[Post] = field(init=False)  # newest first

    def __post_init__(self) -> None:
        self.posts = []
        self.made = 0
        for _ in range(self.size):
            self.add()

    def add(self) -> Post:
        """A new post, later than all others."""
        number = self.made
        self.made += 1
        when = BEGAN + EVERY * (number // self.together)
        one, two = WORDS[number % len(WORDS)], WORDS[number // len(WORDS) % len(WORDS)]
        lines = (f"In entry {number} the {one} stood {n} paces from the {two}, and what we wrote of it then is kept here in full." for n in range(3, 9))
        post = Post(number, f"The {one} and the {two} {number}", when, when, "\n".join(lines))
        self.posts.insert(0, post)
        return post

    def edit(self, number: int, *, after: timedelta = timedelta(days=1)) -> Post:
        """Another text; the time of the change is `after` the newest post's."""
        at = self._place(number)
        when = self.posts[0].published + after
        self.posts[at] = replace(self.posts[at], text=f"Corrected. {self.posts[at].text}", updated=when)
        return self.posts[at]

    def delete(self, number: int) -> Post:
        return self.posts.pop(self._place(number))

    def at(self, path: str) -> Post | None:
        return next((p for p in self.posts if p.path == path), None)

    def page(self, post: Post) -> Answer:
        """A post's own page."""
        stamp = f'<time datetime="{post.published.isoformat()}">{post.published:%d %B %Y}</time>'
        return Answer(
            f'<!doctype html><html lang="en"><head><title>{escape(post.title)}</title><meta property="article:published_time" content="{post.published.isoformat()}">'
            f'</head><body><nav><a href="/">Home</a> <a href="/about/">About</a></nav><main><article><h1>{escape(post.title)}</h1>{stamp}{post.html}</article></main>'
            f"<footer>{escape(self.title)}</footer></body></html>",
            last_modified=f"{post.updated:%a, %d %b %Y %H:%M:%S} GMT",
        )

    def _place(self, number: int) -> int:
        return next(n for n, p in enumerate(self.posts) if p.number == number)


def origin(request: Request) -> str:
    """The emulator's own, as the request has it."""
    return f"http://{request.headers['host']}"


def missing() -> Answer:
    return Answer("<!doctype html><title>Not found</title><p>Nothing here.</p>", status=404)


def routes(answer: Callable[[Request], Answer]) -> Mapping[str, Callable[[Request], Answer]]:
    """Every path to one function: the site is as its posts are at that request."""
    return {"*": answer}
