"""What platforms put below a post, in their users' languages, for `clean.tails`.

Parts of regular expressions (alternatives, no groups that capture), read without regard to case unless said otherwise. Sources: the
translations of WordPress core (`Leave a comment`, `(more...)`), Jetpack (`Share this:`, `Like this:`, `Related`), Yoast SEO (`The post X
appeared first on Y`), WordPress.com's cookie notice, Ghost, Substack, Blogger, Nikola. Words that begin a sentence as well as they end a post
are there with what tells them apart, or not at all (Chinese "X最先出现在Y").
"""

from typing import NamedTuple


class Calls(NamedTuple):
    """What asks for something, at a post's end. A title or name that is put in stands as {}."""

    share: str = ""  # complete in itself
    label: str = ""  # only with a colon: a word alone may be the author's
    on: str = ""  # before the name of a service
    by: str = ""  # behind it
    pre: str = ""  # before it, where something of `by` follows
    read: str = ""
    more: str = ""  # in parentheses, with dots
    first: str = ""  # whose feed it is; upper and lower case matter
    letter: str = ""
    comment: str = ""
    loading: str = ""  # only with dots
    advert: str = ""
    cookies: str = ""  # how a notice begins, and words one of which it has to have
    consent: str = ""


CALLS = {
    "en": Calls(
        share="read the (?:full|whole|rest of the) (?:story|article|post)(?: here)?|share (?:this|on social media)(?: (?:post|article|story|page|entry))?|sharing is caring|(?:email this|blogthis|share to (?:twitter|x|facebook|pinterest))!?|this post is public so feel free to share it",
        label="share|like this|related|related (?:posts|articles|stories)",
        on="(?:click to )?(?:share|tweet|pin|print|email)(?: this)? (?:on|via|to|with)|follow (?:us|me) on", read="continue reading|read more|keep reading", more="more",
        first="The post {} (?:appeared first|first appeared) on {}",
        letter=r"(?:subscribe|sign up)(?: \w+){1,5} (?:newsletter|mailing list)(?: (?:today|now|here))?|subscribe now|(?:thanks for reading(?: [^.!?\n]{1,60})?[.!] )?subscribe for free to receive new posts(?: and support my work)?|(?:[^.!?\n]{1,60} is a reader-supported publication\. )?to receive new posts and support my work, consider becoming a free or paid subscriber",
        comment="leave a (?:reply|comment)|comments are closed", loading="loading", advert="advertisements?",
        cookies="this (?:site|website) uses cookies|we use cookies (?:to|on|and)",
        consent="sites?|website|experience|privacy|policy|consent|agree|accept|browser|traffic",
    ),
    "de": Calls(
        share="teilen? (?:diesen?|dies)(?: (?:artikel|beitrag))?|(?:diesen (?:artikel|beitrag)|beitrag|artikel) teilen",
        label="teilen(?: mit)?|gefällt mir|ähnliche beiträge|verwandte beiträge", on="teilen (?:auf|bei|via)|folge[nt]?(?: sie)? (?:uns|mir) (?:auf|bei)",
        by="(?:zu )?teilen", pre="(?:klick(?:en|e)?,? um )?(?:auf|bei|über)", read="weiterlesen|mehr lesen", more="mehr", first="Der Beitrag {} erschien zuerst auf {}",
        letter=r"(?:abonnieren sie|abonniere[nt]?)(?: \w+){1,5} (?:newsletter|rundbrief)(?: (?:heute|jetzt))?",
        comment="(?:schreiben? sie|hinterlasse) einen? (?:kommentar|antwort)|(?:die )?kommentare sind geschlossen", loading="(?:wird geladen|lade)",
        advert="(?:werbe)?anzeigen?|werbung", cookies="(?:diese (?:seite|website)|wir) (?:verwendet|nutzt|verwenden|nutzen) cookies", consent=r"seite|erlebnis|zustimm\w*|stimmst",
    ),
    "fr": Calls(
        share="partage[rz]? (?:cet|ce|cette)(?: (?:article|page|billet))?", label="partage[rz]?(?: sur)?|j['’]aime ça|j['’]aime|articles similaires|sur le même thème",
        on="(?:cliquez pour )?partager sur|suivez[ -](?:nous|moi) sur", read="lire la suite|continuer la lecture|poursuivre la lecture", more="suite",
        first="L['’]article {} est apparu en premier sur {}", letter=r"abonnez-vous(?: \w+){1,5} (?:newsletter|lettre d['’]information)",
        comment="laisser un commentaire|les commentaires sont fermés", loading="chargement", advert="publicités?", cookies="ce site utilise des cookies",
        consent="expérience|acceptez|confidentialité|politique",
    ),
    "es": Calls(
        share="compart(?:e|ir) (?:esto|este)(?: (?:artículo|post))?", label="compart(?:e|ir)|me gusta(?: esto)?|relacionado|entradas relacionadas",
        on="(?:haz clic para )?compart(?:e|ir) en|sígue(?:me|nos) en", read="(?:seguir|continuar) leyendo|leer más", more="más",
        first="La entrada {} se publicó primero en {}", letter=r"suscríbe(?:te|ase)(?: \w+){1,5} (?:newsletter|boletín)",
        comment="dej(?:a|ar) un comentario|los comentarios están cerrados", loading="cargando", advert="publicidad|anuncios",
        cookies="utilizamos cookies|este sitio (?:web )?utiliza cookies", consent=r"experiencia|acept\w+|privacidad|política",
    ),
    "it": Calls(
        share="condividi (?:questo|su questo)(?: articolo)?", label="condividi(?: su)?|mi piace(?: questo)?|correlati|articoli correlati",
        on="(?:fai clic per )?condivid(?:i|ere) su|segui(?:ci|mi) su", read="continua (?:a leggere|la lettura)|leggi tutto|leggi di più", more="continua",
        first="L['’]articolo {} (?:proviene da|sembra essere il primo su) {}", letter=r"iscriviti(?: \w+){1,5} newsletter",
        comment="lascia un commento|i commenti sono chiusi", loading="caricamento(?: in corso)?", advert="pubblicità",
        cookies="questo sito utilizza (?:i )?cookie", consent=r"esperienza|accett\w+|privacy|consenso",
    ),
    "pt": Calls(
        share="(?:compartilhe|partilhe) (?:isso|isto|este)(?: (?:artigo|post))?", label="compartilh(?:ar|e)|partilh(?:ar|e)|curtir(?: isso)?|gosto|relacionado",
        on="(?:clique para )?(?:compartilhar|partilhar) (?:no|em|via)", read="leia mais|ler mais|continue lendo|continuar a ler", more="mais",
        first="O post {} apareceu primeiro em {}", letter=r"inscreva-se(?: \w+){1,5} newsletter",
        comment="deix(?:e|ar) (?:um|o seu|uma) (?:comentário|resposta)|os comentários estão (?:fechados|encerrados)", loading="(?:a )?carrega(?:ndo|r)",
        advert="publicidade|anúncios", cookies="(?:este|esse) site (?:usa|utiliza) cookies", consent="experiência|concorda|privacidade|política",
    ),
    "nl": Calls(
        share="deel (?:dit|deze)(?: (?:artikel|bericht))?|dit delen|artikel delen", label="delen|deel|vind[ -]ik[ -]leuk|leuk vinden|gerelateerd|gerelateerde berichten",
        on="klik om te delen (?:op|met|via)|del(?:en|el) (?:op|via)|deel (?:op|via)|volg (?:ons|mij) op", read="lees (?:meer|verder)|verder lezen|blijf lezen",
        more="meer", first="Het bericht {} verscheen eerst op {}", letter=r"(?:schrijf je in voor|meld je aan voor|abonneer je op)(?: \w+){1,2} nieuwsbrief",
        comment="(?:geef|laat) een reactie(?: achter)?|een reactie plaatsen|reacties zijn gesloten", loading="(?:aan het )?laden", advert="advertenties?",
        cookies="deze (?:site|website) (?:maakt gebruik van|gebruikt) cookies|wij gebruiken cookies", consent="ervaring|akkoord|gebruik van|toestemming",
    ),
    "pl": Calls(
        share="(?:udostępnij|podziel się) (?:ten|tym)(?: (?:artykuł|wpis|artykułem|wpisem))?",
        label="udostępnij(?: na)?|podziel się|lubię to|polub to|dodaj do ulubionych|podobne|powiązane|podobne wpisy",
        on="(?:kliknij,? (?:aby|by) )?udostępni(?:j|ć) (?:na|w|przez)|podziel się na|śledź nas na",
        read="czytaj (?:więcej|dalej|całość)|kontynuuj czytanie|przeczytaj więcej", more="więcej", first="Artykuł {} pochodzi z serwisu {}",
        letter=r"(?:zapisz się|zasubskrybuj)(?: \w+){0,3} newslettera?", comment="dodaj komentarz|zostaw komentarz|możliwość komentowania jest wyłączona",
        loading="wczytywanie|ładowanie", advert="reklamy?", cookies="ta (?:witryna|strona) (?:wykorzystuje|używa) (?:pliki |plików )?cookies?",
        consent=r"zgadzasz|akceptuj\w+|prywatności|zgod[aęy]",
    ),
    "ru": Calls(
        share="поделитесь (?:этой|этим)(?: (?:записью|статьей|статьёй|постом))?",
        label="поделиться(?: ссылкой| в соцсетях)?|понравилось это|мне нравится|нравится|похожее|похожие записи",
        on="(?:нажмите(?: здесь)?, чтобы )?поделиться (?:на|в|через)|опубликовать (?:в|на)|(?:подписывайтесь|подпишитесь) на нас в",
        read="читать (?:далее|дальше|полностью|ещё|еще)|продолжить чтение|продолжайте читать", more="далее", first="(?:Сообщение|Запись) {} появились сначала на {}",
        letter="(?:подпишитесь|подписаться) на (?:нашу |наши )?(?:рассылку|новости|рассылку новостей)",
        comment="(?:оставить|добавить) комментарий|обсуждение закрыто|комментарии закрыты", loading="загрузка", advert="реклама",
        cookies="(?:этот|наш|данный) сайт использует (?:файлы )?cookies?|мы используем (?:файлы )?cookies?", consent=r"соглашаетесь|сайт\w{0,3}|конфиденциальност\w+",
    ),
    "ja": Calls(
        share="この(?:記事|投稿)を(?:シェア|共有)(?:する)?|シェアする", label="共有|シェア|いいね|関連|関連記事|関連投稿", by="(?:で|に)(?:共有|シェア)(?:する)?(?:にはクリックしてください)?", pre="クリックして",
        read="続きを読む|もっと読む|さらに読む|全文を読む", more="さらに", first="投稿 ?{} ?は ?{} ?に最初に表示されました", letter="(?:メールマガジン|ニュースレター)(?:に登録|を購読)(?:する)?",
        comment="コメントを残す|コメントする|コメントを書く|コメントは停止中です|コメントは受け付けていません", loading="読み込み中", advert="広告|スポンサーリンク|スポンサードリンク", cookies="(?:この|当)サイトは ?(?:cookie|クッキー) ?を使用",
        consent="同意|プライバシー",
    ),
    "zh": Calls(
        share="(?:共享|分享)(?:此文章?|这篇文章|這篇文章|本文)", label="共享|分享|分享到|赞过|請按讚|喜欢|喜歡|相关|相關|相关文章|相關文章", on="(?:点击|點擊)?(?:分享|共享)(?:到|至|給|给)", by="上(?:共享|分享)",
        pre="(?:点击|點擊)以?在|在", read="(?:继续|繼續)(?:阅读|閱讀|閱覽)|(?:阅读|閱讀)(?:更多|全文|原文)|查看更多|更多內容", more="更多|繼續閱讀|還有", first="〈{}〉這篇文章最早發佈於《{}》",
        letter="订阅我们的(?:新闻|邮件)?(?:通讯|简报|列表)|訂閱(?:我們的)?電子報", comment="发表(?:评论|回复)|發表(?:迴響|留言)|留下(?:回應|评论)|(?:评论|評論|迴響)已(?:关闭|關閉)", loading="(?:正在)?(?:加载中?|载入|載入中?)",
        advert="广告|廣告", cookies="(?:此|本)(?:站点|网站|網站)使用 ?cookies?", consent="同意|隐私|隱私",
    ),
    "ko": Calls(
        share="이 (?:글|기사|게시물) ?공유하기", label="공유하기|공유|이것이 좋아요|좋아하기|관련|관련 글|관련 기사", by="(?:으로|로|에서|에) ?공유(?:하기)?(?:하려면 클릭하세요)?", pre="클릭하여", read="계속 읽기|더 읽기|더 보기|자세히 보기",
        more="더 보기", letter="뉴스레터 ?(?:구독하기|구독|신청)", comment="댓글 (?:남기기|달기|쓰기)|댓글은 닫혔습니다", loading="(?:가져오는|로드|로딩) ?중", advert="광고", cookies="이 (?:사이트는|웹사이트는) 쿠키를 사용",
        consent="동의|개인정보",
    ),
    "ar": Calls(
        share="شارك هذ[ها] (?:الموضوع|المقال|المقالة)|شارك هذا", label="شارك|مشاركة|المشاركة|معجب بهذه|مرتبط|مقالات ذات صلة",
        on="(?:اضغط|انقر) لل?(?:مشاركة|مشاركه) (?:على|عبر)|(?:شارك|مشاركة) (?:على|عبر)|تابعنا على", read="اقرأ المزيد|قراءة المزيد|(?:تابع|متابعة|أكمل) القراءة",
        more="اقرأ المزيد", first="ظهرت المقالة {} أولاً على {}", letter="اشترك في (?:النشرة|نشرتنا) (?:البريدية|الإخبارية)",
        comment="(?:أكتب|اكتب|أضف|اترك) (?:تعليق|تعليقاً|تعليقًا)|التعليقات مغلقة", loading="(?:جاري )?(?:ال)?تحميل", advert="إعلان|إعلانات",
        cookies="يستخدم هذا الموقع ملفات تعريف الارتباط", consent="توافق|الخصوصية|موافق",
    ),
    "tr": Calls(
        share="bunu paylaş|bu (?:yazıyı|haberi|içeriği) paylaş", label="paylaş|beğen|bunu beğen|[İi]lgili|[İi]lgili yazılar|benzer yazılar",
        by="(?:üzerinden|üzerinde|['’]?(?:[dt][ae]|ile)) paylaş(?:mak için tıklayın)?", read="devamını oku(?:yun)?|okumaya devam (?:et|edin)|daha fazla oku",
        more="daha fazla", first="{} yazısı ilk önce {} üzerinde ortaya çıktı", letter="(?:e-)?bültenimize abone ol(?:un)?",
        comment="yorum (?:yapın|yazın|bırakın)|bir (?:cevap|yanıt) yazın|yorumlar kapalı", loading="yükleniyor", advert="reklam(?:lar)?",
        cookies=r"bu (?:sitede çerez kullanılmaktadır|site çerez(?:leri)? kullan\w+|web sitesi çerez(?:leri)? kullan\w+)", consent=r"kabul|gizlilik|onay\w*",
    ),
    "sv": Calls(
        share="dela (?:det här|detta|artikeln|inlägget)", label="dela|gilla(?: detta)?|relaterade?|liknande inlägg|relaterade inlägg",
        on="(?:klicka för att )?dela (?:på|via|till)|följ oss på", read="läs (?:mer|vidare)|fortsätt läsa", more="mer", first="Inlägget {} dök först upp på {}",
        letter=r"(?:prenumerera på|anmäl dig till)(?: \w+)? nyhetsbrev(?:et)?", comment="lämna (?:en kommentar|ett svar)|kommentarer inaktiverade|kommentarer är stängda",
        loading="laddar(?: in)?", advert="annons(?:er)?", cookies="(?:den här|denna) (?:webbplatsen?|sidan?|sajten?) använder cookies|vi använder cookies",
        consent="godkänner|samtycke|upplevelse",
    ),
    "da": Calls(
        share="del (?:dette|denne)(?: (?:indlæg|artikel|side))?|del artiklen", label="del|synes om|like dette|relateret|relaterede indlæg",
        on="(?:klik for at dele|del) (?:på|via|til)|følg os på", read="læs (?:mere|videre)|fortsæt (?:med at læse|læsning(?:en)?)", more="mere",
        first="Indlægget {} blev først udgivet på {}", letter=r"tilmeld dig(?: \w+)? nyhedsbrev(?:et)?",
        comment="skriv en kommentar|der er lukket for kommentarer", loading="indlæser", advert="annoncer?",
        cookies="(?:dette websted|denne hjemmeside|vi) (?:bruger|anvender) cookies", consent="accepterer|samtykke|oplevelse",
    ),
    "nb": Calls(
        share="del (?:dette|denne)(?: (?:innlegget|artikkelen|siden))?|del artikkelen", label="lik(?:er)? (?:dette|denne)|liker|relatert|relaterte innlegg",
        on="klikk for å dele (?:på|via|til)|følg oss på", read="les (?:mer|videre)|fortsett å lese", more="mer", first="Innlegget {} dukket først opp på {}",
        letter=r"meld deg på(?: \w+)? nyhetsbrev(?:et)?", comment="legg igjen (?:en kommentar|et svar)|kommentarer er stengt", loading="laster(?: inn)?",
        advert="annonser?", cookies="(?:dette nettstedet|denne nettsiden|vi) bruker (?:informasjonskapsler|cookies)", consent="godtar|opplevelse",
    ),
    "cs": Calls(
        share="sdílejte (?:tento )?článek|sdílet (?:tento )?článek",
        label="sdílejte|sdílet|sdílej|líbí se|to se mi líbí|související|podobné|související články",
        on="(?:klikněte pro )?sdílen?[íit]{1,2} (?:na|přes|v)|klikněte pro sdílení (?:na|přes)|sledujte nás na",
        read="číst (?:dál|dále|více)|pokračovat ve čtení", more="Celý příspěvek", first="(?:Článek|Příspěvek) {} se nejdříve objevil na {}",
        letter=r"přihlaste se k odběru(?: \w+)? (?:newsletteru|novinek)", comment="napsat komentář|přidat komentář|komentáře nejsou povoleny|komentáře jsou uzavřeny",
        loading="načítání", advert="reklama|inzerce", cookies="(?:tento web|tato stránka|tyto stránky) (?:používá|používají|využívá) (?:soubory )?cookies?",
        consent=r"souhlas\w*|soukromí",
    ),
    "id": Calls(
        share="bagikan (?:ini|artikel ini|tulisan ini)", label="bagikan|menyukai ini|suka|terkait|artikel terkait",
        on="klik untuk berbagi (?:pada|di|via)|bagikan (?:di|ke|via)|ikuti kami di", read="baca selengkapnya|lanjutkan membaca|baca lebih lanjut|selengkapnya",
        more="lagi", first="Artikel {} pertama kali tampil pada {}", letter=r"berlangganan(?: \w+){0,2} (?:newsletter|buletin)(?: kami)?",
        comment="tinggalkan (?:sebuah )?(?:komentar|balasan)|komentar ditutup", loading="memuat", advert="iklan", cookies="(?:situs|website) ini menggunakan cookies?",
        consent="setuju|privasi",
    ),
    "el": Calls(
        share="κοινοποιήστε (?:το|το άρθρο|αυτό)|μοιραστείτε (?:το|το άρθρο)", label="κοινοποιήστε|κοινοποίηση|μοιραστείτε|μου αρέσει(?: αυτό)?|σχετικά|σχετικά άρθρα",
        on="(?:κλικ για |πατήστε για )?κοινοποίηση (?:στο|στον|στη|μέσω)|ακολουθήστε μας στο",
        read="διαβάστε (?:περισσότερα|τη συνέχεια|ολόκληρο το άρθρο)|συνεχίστε την ανάγνωση|συνέχεια ανάγνωσης|συνεχίστε να διαβάζετε", more="περισσότερα",
        first="(?:Το άρθρο|Η ανάρτηση) {} εμφανίστηκε πρώτα στο {}", letter="εγγραφείτε στο (?:newsletter|ενημερωτικό δελτίο)(?: μας)?",
        comment="γράψτε (?:σχόλιο|ένα σχόλιο)|αφήστε (?:σχόλιο|ένα σχόλιο|μια απάντηση)|σχολιάστε|τα σχόλια είναι κλειστά", loading="φόρτωση",
        advert="διαφήμιση|διαφημίσεις", cookies="αυτός ο (?:ιστότοπος|ιστοχώρος) χρησιμοποιεί cookies", consent="συμφωνείτε|αποδέχεστε|απορρήτου",
    ),
    "he": Calls(
        share="(?:שתף|שתפו) (?:את זה|את הפוסט|את הכתבה)", label="שתף|שתפו|שיתוף|אהבתי|אהבתי את זה|קשור|פוסטים קשורים",
        on="(?:לחצו|לחץ|לחיצה) (?:כדי )?(?:לשתף|לשיתוף|לשיתוף) ב-?|(?:שתף|שתפו|שיתוף) ב-?|עקבו אחרינו ב-?", read="המשך קריאה|להמשך קריאה|קרא עוד|קראו עוד|המשיכו לקרוא",
        first="הפוסט {} הופיע לראשונה ב-{}", letter="(?:הירשמו|הרשמו|הצטרפו) לניוזלטר(?: שלנו)?", comment="כתיבת תגובה|השאר תגובה|השארת תגובה|סגור לתגובות",
        loading="טוען", advert="פרסומת", cookies="אתר זה משתמש ב(?:קובצי|עוגיות) ?(?:cookies?)?", consent=r"הסכמ\w+|פרטיות",
    ),
}  # fmt: skip
