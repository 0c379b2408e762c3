"""Bytes that declare no encoding, in a feed, and the text that comes out; what declares one is in the cases."""

import pytest

from postetl.sources import read

TEXTS = {
    "ru": "Сегодня утром река стояла выше отметки, и мы записали уровень воды в журнал. Потом пошёл дождь.",
    "ja": "今朝、川の水位は印よりも高く、私たちはそれを記録しました。その後、雨が降りました。カワセミが飛んでいきました。",
    "zh": "今天早上河水高于标记，我们把水位写进了日志。后来下雨了，翠鸟飞走了。",
    "ko": "오늘 아침 강물은 표시보다 높았고 우리는 수위를 기록했습니다. 그 후 비가 내렸습니다.",
    "el": "Σήμερα το πρωί το ποτάμι ήταν πάνω από το σημάδι και το γράψαμε στο ημερολόγιο.",
    "he": "הבוקר עמד הנהר מעל הסימן ורשמנו את הגובה ביומן. אחר כך ירד גשם.",
    "ar": "هذا الصباح كان النهر فوق العلامة وكتبنا المستوى في السجل ثم نزل المطر.",
    "de": "Heute früh stand der Fluß über der Marke, wir haben den Pegel aufgeschrieben. Später regnete es für Stunden über Köln.",
    "fr": "Ce matin la rivière était au-dessus du repère, et nous l'avons noté. Après, il a plu à côté de l'église.",
    "da": "I morges stod åen over mærket, og vi skrev vandstanden ned i bogen. Senere regnede det på søen, og måger fløj over øen.",
    "sv": "I morse stod ån över märket och vi skrev upp nivån i boken. Senare regnade det på sjön, måsarna flög över ön.",
    "es": "Esta mañana el río estaba por encima de la señal y lo anotamos. Después llovió en el año más húmedo según la estación.",
    "pt": "Hoje de manhã o rio estava acima da marca e nós anotámos o nível. Depois choveu, não é? A estação já não há.",
    "it": "Questa mattina il fiume era più alto del segno e l'abbiamo annotato. È piovuto perché così è la città.",
    "is": "Í morgun stóð áin yfir merkinu og við skrifuðum það niður. Seinna rigndi á vatnið, mávar flugu yfir eyjuna.",
}
WRITTEN = [
    ("ru", "cp1251"), ("ru", "koi8_r"), ("ja", "cp932"), ("ja", "euc_jp"), ("zh", "gb18030"), ("ko", "cp949"), ("el", "cp1253"), ("he", "cp1255"),
    ("ar", "cp1256"), *((name, "cp1252") for name in ("de", "fr", "da", "sv", "es", "pt", "it", "is")), *((name, "utf-8") for name in TEXTS),
]  # fmt: skip


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_undeclared(language: str, encoding: str) -> None:
    text = TEXTS[language]
    body = f'<rss version="2.0"><channel><title>t</title><item><title>{text}</title><description>&lt;p&gt;{text}&lt;/p&gt;</description></item></channel></rss>'
    parsed = read(body.encode(encoding), url="https://a.example/feed", content_type="application/rss+xml")
    assert (parsed.posts[0].title, parsed.encoding) == (text, encoding)


def test_a_few_odd_bytes_in_utf8_are_no_other_encoding() -> None:
    body = f'<rss version="2.0"><channel><title>{TEXTS["ru"]} '.encode() + b"\x93quoted\x94</title></channel></rss>"
    parsed = read(body, url="https://a.example/feed")
    assert parsed.encoding == "utf-8"
    assert str(parsed.title).endswith("\u201cquoted\u201d")
