"""What platforms put around posts in many languages goes; sentences, titles and answers that look like it stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postetl.clean.counters import counters
from postetl.clean.phrases import CALLS
from postetl.clean.tails import tails
from postetl.clean.tallies import TALLIES
from postetl.clean.text import body

PROSE = "The river stood three centimetres above its mark, and we wrote it down."

CALLED = {
    "en": ["Read the full story here…", "(more…)", "Related:", "Comments are closed.", "Share to X", "Email This", "Subscribe now", "Thanks for reading Hills! Subscribe for free to receive new posts and support my work.",
           "This post is public so feel free to share it.", "Click to share on Facebook (Opens in new window)", "Follow us on Instagram, YouTube and TikTok", "Keep reading",
           "Privacy & Cookies: This site uses cookies. By continuing to use this website, you agree to their use."],
    "de": ["Teilen mit:", "Gefällt mir:", "Wird geladen …", "Klick, um auf Facebook zu teilen (Wird in neuem Fenster geöffnet)", "(mehr…)", "Der Beitrag Am Fluss erschien zuerst auf Hügel.", "Kommentare sind geschlossen."],
    "fr": ["Partager :", "J’aime ça :", "(suite…)", "L’article Au bord de l’eau est apparu en premier sur Collines.", "Les commentaires sont fermés.", "Continuer la lecture"],
    "es": ["Comparte esto:", "Me gusta esto:", "Cargando...", "Relacionado:", "La entrada El río se publicó primero en Colinas.", "Los comentarios están cerrados.", "Seguir leyendo"],
    "it": ["Condividi:", "Mi piace:", "Caricamento...", "L'articolo Il fiume proviene da Colline.", "I commenti sono chiusi.", "Continua la lettura"],
    "pt": ["Compartilhe isso:", "Curtir isso:", "Carregando...", "O post O rio apareceu primeiro em Colinas.", "Os comentários estão fechados.", "Leia mais »"],
    "nl": ["Dit delen:", "Vind-ik-leuk:", "Vind-ik-leuk Aan het laden...", "Gerelateerd:", "Klik om te delen met Twitter (Wordt in een nieuw venster geopend)", "Het bericht De rivier verscheen eerst op Heuvels.", "Lees verder »",
           "Verder lezen", "Geef een reactie", "Reacties zijn gesloten.", "Volg ons op Instagram", "Schrijf je in voor onze nieuwsbrief!", "(meer...)", "Deze site maakt gebruik van cookies."],
    "pl": ["Udostępnij:", "Podziel się tym:", "Lubię to:", "Wczytywanie...", "Podobne:", "Kliknij, aby udostępnić na X (Otwiera się w nowym oknie)", "Udostępnij na Facebook", "Artykuł Rzeka pochodzi z serwisu Wzgórza.", "Czytaj dalej →", "Czytaj całość",
           "Dodaj komentarz", "Możliwość komentowania jest wyłączona.", "Zapisz się do newslettera", "(więcej…)", "Reklama", "Ta strona używa plików cookies."],
    "ru": ["Поделиться ссылкой:", "Понравилось это:", "Загрузка...", "Похожее:", "Поделиться в Telegram", "Сообщение Река появились сначала на Холмы.", "Читать далее →", "Читать полностью", "(далее…)", "Оставить комментарий",
           "Обсуждение закрыто.", "Подпишитесь на нашу рассылку!", "Реклама", "Этот сайт использует файлы cookie. Продолжая пользоваться этим сайтом, вы соглашаетесь с их использованием."],
    "ja": ["共有:", "いいね:", "いいね 読み込み中…", "関連記事：", "クリックして Twitter で共有 (新しいウィンドウで開きます)", "Facebook で共有するにはクリックしてください", "投稿 川のほとり は 丘 に最初に表示されました。", "続きを読む", "“川のほとり” の続きを読む",
           "コメントを残す", "コメントは停止中です。", "スポンサーリンク", "(さらに…)", "このサイトは Cookie を使用します。このサイトの使用を続けると、Cookie の使用に同意したとみなされます。"],
    "zh": ["共享此文章：", "分享此文：", "分享到：", "請按讚：", "喜欢 正在加载……", "相关：", "分享到 Facebook（在新窗口中打开）", "點擊分享到 Facebook(在新視窗中開啟)", "〈河邊〉這篇文章最早發佈於《山丘》。", "继续阅读“河边”", "閱讀更多…", "阅读全文 »",
           "发表评论", "評論已關閉。", "（繼續閱讀…）", "广告", "此站点使用 Cookie。继续使用此网站，即表示您同意使用它们。"],
    "ko": ["공유하기:", "이것이 좋아요:", "좋아하기 가져오는 중...", "관련 글:", "Facebook에 공유하기", "클릭하여 트위터로 공유하기(새 창에서 열림)", "계속 읽기", "(더 보기…)", "댓글 남기기", "댓글은 닫혔습니다.", "광고"],
    "ar": ["شارك هذا الموضوع:", "معجب بهذه:", "تحميل...", "مرتبط:", "اضغط للمشاركة على تويتر (فتح في نافذة جديدة)", "ظهرت المقالة النهر أولاً على التلال.", "اقرأ المزيد", "متابعة القراءة", "أضف تعليق", "التعليقات مغلقة.",
           "يستخدم هذا الموقع ملفات تعريف الارتباط."],
    "tr": ["Bunu paylaş:", "Beğen:", "Beğen Yükleniyor...", "İlgili:", "Facebook'ta paylaş", "X üzerinde paylaşmak için tıklayın (Yeni pencerede açılır)", "Irmak yazısı ilk önce Tepeler üzerinde ortaya çıktı.", "Devamını oku…", "Okumaya devam et",
           "Yorum yapın", "Bir Cevap Yazın", "Yorumlar kapalı.", "(daha fazla…)", "Bu sitede çerez kullanılmaktadır. Bu web sitesini kullanmaya devam ederek bunların kullanımını kabul edersiniz."],
    "sv": ["Dela det här:", "Gilla detta:", "Gilla Laddar in …", "Relaterade:", "Klicka för att dela på Twitter (Öppnas i ett nytt fönster)", "Inlägget Ån dök först upp på Kullar.", "Fortsätt läsa “Ån”", "Läs mer »", "(mer…)", "Kommentarer inaktiverade.", "Annons"],
    "da": ["Del dette:", "Synes om:", "Indlæser...", "Relateret:", "Klik for at dele på Facebook (Åbner i et nyt vindue)", "Indlægget Åen blev først udgivet på Bakker.", "Læs mere", "Fortsæt med at læse", "(mere…)", "Skriv en kommentar", "Der er lukket for kommentarer."],
    "nb": ["Del dette:", "Lik dette:", "Laster inn...", "Relatert:", "Klikk for å dele på Facebook (åpnes i en ny fane)", "Innlegget Elva dukket først opp på Åser.", "Les mer", "Fortsett å lese «Elva»", "Legg igjen en kommentar", "Kommentarer er stengt."],
    "cs": ["Sdílejte:", "Líbí se:", "To se mi líbí Načítání...", "Související:", "Klikněte pro sdílení na Twitter (Otevře se v novém okně)", "Příspěvek Řeka se nejdříve objevil na Kopce.", "Číst dál", "Pokračovat ve čtení „Řeka“", "(Celý příspěvek…)",
           "Napsat komentář", "Komentáře nejsou povoleny.", "Tento web používá soubory cookie."],
    "id": ["Bagikan ini:", "Menyukai ini:", "Suka Memuat...", "Terkait:", "Klik untuk berbagi pada Twitter (Membuka di jendela yang baru)", "Artikel Sungai pertama kali tampil pada Bukit.", "Baca selengkapnya", "Lanjutkan membaca", "(lagi…)", "Tinggalkan Balasan", "Komentar ditutup."],
    "el": ["Κοινοποιήστε:", "Μου αρέσει αυτό:", "Μου αρέσει Φόρτωση...", "Σχετικά:", "Κοινοποίηση στο Facebook", "Το άρθρο Ο ποταμός εμφανίστηκε πρώτα στο Λόφοι.", "Διαβάστε περισσότερα", "Συνέχεια ανάγνωσης →", "(περισσότερα…)", "Τα σχόλια είναι κλειστά.", "Διαφήμιση"],
    "he": ["שתף את זה:", "אהבתי:", "אהבתי טוען...", "קשור:", "שתפו ב-Facebook", "הפוסט הנהר הופיע לראשונה ב-גבעות.", "המשך קריאה", "קרא עוד »", "כתיבת תגובה", "סגור לתגובות.", "פרסומת"],
}  # fmt: skip

# At least as many that nobody but the author wrote.
WRITTEN = {
    "en": ["Read more about that in my next post…", "Read more books, she said.", "Continue reading the signs of spring and you will be safe", "Share", "Related", "Like", "Loading", "Comments are closed minds.", "Subscribe now, they said, and we did.",
           "The post was late, and first appeared on a cart.", "Thanks for reading this far! Next week we walk upstream.", "Follow us on foot", "Note: this site uses sandstone, as every website of the valley should."],
    "de": ["Teilen", "Gefällt mir nicht.", "Weiterlesen hilft.", "Mehr lesen Sie in der nächsten Ausgabe…", "Auf Facebook teilen wir nichts.", "Der Beitrag der Imker erschien zuerst.", "Werbung wirkt.", "Kommentare sind frei."],
    "fr": ["Partager, c’est vivre.", "J’aime", "Lire la suite des nombres ne suffit pas.", "L’article de la loi est apparu en premier sur le mur.", "Publicité mensongère", "Suite"],
    "es": ["Comparte esto con quien quieras", "Me gusta el río.", "Seguir leyendo cansa.", "La entrada de la cueva se publicó primero en un mapa viejo.", "Relacionado con el agua.", "Cargando leña", "Comparte"],
    "it": ["Condividi il pane.", "Mi piace", "Leggi tutto, poi parla.", "L'articolo di ieri proviene da lontano.", "Continua a leggere e capirai.", "Pubblicità ingannevole"],
    "pt": ["Compartilhe o pão.", "Curtir a vida", "Leia mais livros.", "O post de ontem apareceu primeiro em sonho.", "Gosto", "Carregando pedras"],
    "nl": ["Delen is leuk.", "Lees verder dan je neus lang is.", "Lees meer boeken", "Het bericht van vader verscheen eerst op papier.", "Gerelateerd", "Reacties zijn welkom.", "Geef een reactie van tien woorden.", "Deel dit brood met je broer", "Laden",
           "Volg ons op de voet", "Verder lezen doen we morgen", "Advertenties lezen is ook lezen", "Deze site maakt gebruik van zonlicht.", "Meer"],
    "pl": ["Udostępnij drogę karetce.", "Podziel się chlebem", "Lubię to miejsce.", "Czytaj dalej, niż sięga wzrok.", "Czytaj więcej książek", "Artykuł ten pochodzi z dawnych lat.", "Podobne do siebie jak dwie krople", "Reklama dźwignią handlu", "Dodaj komentarz do kodu.",
           "Wczytywanie", "Podobne", "Lubię to", "Więcej", "Ta strona używa prostych słów.", "Zapisz się do chóru.", "Brak"],
    "ru": ["Поделиться хлебом", "Понравилось это всем.", "Читать далее было нечего.", "Читать полностью трудно", "Похожее", "Запись о победе впервые появилась на сайте клуба.", "Сообщение появилось сначала на стене", "Загрузка угля", "Реклама двигает торговлю",
           "Оставить комментарий не вышло", "Подпишитесь под письмом", "Нравится", "Обсуждение закрыто на замок", "Этот сайт использует солнечный свет."],
    "ja": ["共有", "いいね", "続きを読むのは明日にする。", "もっと読む人が増えた。", "投稿は川に最初に表示されました", "関連", "コメントを残す人はいない。", "広告は嘘をつく。", "Twitter で共有した話を書く。", "読み込み中", "このサイトは石を使用します。", "さらに読むべき本", "コメントする力", "共有とは何か"],
    "zh": ["分享", "相关", "很多变化，最先出现在日常里", "错误最先出现在哪里", "继续阅读使人进步。", "阅读更多的书", "发表评论的人很多。", "广告骗人", "分享到此为止", "喜欢", "評論已關閉的門", "查看更多细节", "在 Facebook 上分享生活的人", "点击 5", "此站点使用太阳能。", "加载中", "更多"],
    "ko": ["공유하기", "좋아요", "계속 읽기 힘든 책이다.", "이 게시물이 잡지에 처음 등장했습니다.", "관련", "댓글 남기기 운동을 했다.", "광고는 거짓말을 한다.", "Facebook에 공유하기 싫다.", "로딩 중", "더 보기 좋은 강", "더 보기 좋은 강…", "이 사이트는 태양을 사용한다."],
    "ar": ["شارك الخبز مع أخيك", "مرتبط", "اقرأ المزيد من الكتب", "ظهرت المقالة أولاً", "تحميل", "إعلان الحرب", "أضف تعليقك هنا يا صديقي", "التعليقات مغلقة أمام الجميع", "مشاركة", "يستخدم هذا الموقع الشمس.", "متابعة القراءة ممتعة", "اقرأ المزيد من الكتب…"],
    "tr": ["Bunu paylaşmak güzeldi.", "Beğen", "Devamını okumak istemedim.", "Okumaya devam ettim", "Bir yazısı ilk önce gazetede çıktı.", "Reklamlar yalan söyler", "Yorum yapın, dedi.", "İlgili", "Yorumlar kapalı kapılar ardında yapıldı.", "Yükleniyor", "Daha fazla",
           "Facebook'ta paylaştık", "Bu sitede güneş kullanılmaktadır.", "Bir cevap"],
    "sv": ["Dela det här brödet med mig", "Gilla", "Läs mer böcker.", "Fortsätt läsa i morgon", "Inlägget om ån dök upp.", "Relaterade", "Annons i tidningen", "Laddar", "Dela på brödet", "Kommentarer", "Mer"],
    "da": ["Del dette brød med mig", "Del", "Læs mere i morgen.", "Indlægget om åen blev først glemt.", "Relateret", "Annonce i avisen", "Indlæser", "Skriv en kommentar om åen", "Skriv et svar", "Læs mere i morgen…", "Del på broderlig vis", "Fortsæt", "Mere"],
    "nb": ["Del dette brødet med meg", "Liker", "Les mer i morgen.", "Innlegget om elva dukket opp.", "Relatert", "Annonse i avisa", "Laster", "Legg igjen en kommentar om elva", "Fortsett å lese bøker", "Kommentarer"],
    "cs": ["Sdílejte chléb.", "Sdílejte", "Líbí se mi řeka.", "Číst dál se nedalo.", "Příspěvek o řece se nejdříve ztratil.", "Související", "Reklama lže", "Načítání", "Napsat komentář trvalo dlouho", "Komentáře nejsou vítány.", "Tento web používá slunce.", "Celý příspěvek"],
    "id": ["Bagikan roti ini", "Suka", "Baca selengkapnya buku itu", "Artikel itu pertama kali tampil di koran.", "Terkait", "Iklan di koran", "Memuat", "Tinggalkan komentar di sungai", "Lanjutkan membaca besok", "Komentar", "Lagi"],
    "el": ["Κοινοποιήστε το σε όλους", "Μου αρέσει ο ποταμός.", "Διαβάστε περισσότερα βιβλία", "Το άρθρο εμφανίστηκε.", "Σχετικά", "Διαφήμιση στην εφημερίδα", "Φόρτωση", "Τα σχόλια είναι δικά σας.", "Σχόλιο", "Κοινοποίηση", "Περισσότερα"],
    "he": ["שתף אותי בלחם", "אהבתי", "קרא עוד ספרים", "קרא עוד ספרים…", "הפוסט שלי הופיע לראשונה ב-2010.", "קשור", "פרסומת בעיתון", "טוען", "כתיבת תגובה לוקחת זמן", "המשך קריאה נעימה", "להגיב", "שיתוף"],
}  # fmt: skip

COUNTED = {
    "en": ["Views: 1,234", "1.2K views", "Comments (5)", "Last updated: 10:32 GMT", "Updated 10:32 am", "3 min read", "Reading time: 3 minutes", "3–4 min read", "Views: 7\nComments: 3", "5 min read · 1.2K views", "2 hours ago · 5 min read", "Updated today at 10:32", "Updated just now", "Hits: 1234"],
    "de": ["5 Kommentare", "Kommentare (5)", "Aufrufe: 512", "Zuletzt aktualisiert: 10:32 Uhr", "Stand: 10.32 Uhr", "Vor 3 Stunden aktualisiert", "Lesezeit: 3 Minuten", "3 Min. Lesezeit", "Keine Kommentare", "Aktualisiert: heute, 10:32"],
    "fr": ["Vues : 512", "5 commentaires", "Mis à jour à 10h32", "Mis à jour il y a 3 h", "Temps de lecture : 3 minutes", "3 min de lecture", "Aucun commentaire"],
    "es": ["Visitas: 512", "Comentarios (5)", "Actualizado hace 3 horas", "Última actualización: 10:32", "3 min de lectura", "No hay comentarios"],
    "it": ["Visualizzazioni: 512", "5 commenti", "Aggiornato 3 ore fa", "Ultimo aggiornamento: 10:32", "Tempo di lettura: 3 minuti", "Ancora nessun commento"],
    "pt": ["512 visualizações", "Comentários (5)", "Atualizado há 3 horas", "Publicado 3 horas atrás", "Tempo de leitura: 3 minutos", "Nenhum comentário"],
    "nl": ["5 reacties", "Reacties (5)", "512 keer bekeken", "Laatst bijgewerkt: 10:32", "3 uur geleden bijgewerkt", "Leestijd: 3 minuten", "Geen reacties"],
    "pl": ["Wyświetleń: 512", "5 komentarzy", "Ostatnia aktualizacja: 10:32", "Opublikowano 3 godziny temu", "Czas czytania: 3 min", "Brak komentarzy"],
    "ru": ["Просмотров: 512", "512 просмотров", "1,2 тыс. просмотров", "Комментарии (5)", "Обновлено: 10:32", "Обновлено 3 часа назад", "Обновлено сегодня в 10:32", "Время чтения: 3 мин.", "Комментариев пока нет"],
    "ja": ["閲覧数：123", "閲覧数 123", "コメント (5)", "5件のコメント", "更新 3時間前", "3時間前に更新", "最終更新: 10時32分", "読了時間: 約3分", "この記事は約3分で読めます。"],
    "zh": ["阅读 1234", "阅读(1234)", "1.2万次阅读", "5 条评论", "5 則留言", "更新于 3 小时前", "最后更新：10:32", "最近更新：3 小時前", "阅读时间：3 分钟", "阅读 12 · 评论 5 · 点赞 7", "没有评论"],
    "ko": ["조회수 512", "조회 수: 512", "댓글 5", "5개의 댓글", "최근 업데이트: 3시간 전", "입력 오전 10:32", "읽는 시간 3분", "댓글 없음"],
    "ar": ["المشاهدات: 512", "5 تعليقات", "آخر تحديث: منذ 3 ساعات", "آخر تحديث: 10:32", "وقت القراءة: 3 دقائق", "لا توجد تعليقات"],
    "tr": ["512 görüntülenme", "5 yorum", "Son güncelleme: 3 saat önce", "Son güncelleme: 10:32", "Okuma süresi: 3 dakika", "Henüz yorum yok"],
    "sv": ["5 kommentarer", "Visningar: 512", "Uppdaterad för 3 timmar sedan", "Senast uppdaterad kl. 10:32", "Lästid: 3 min", "Inga kommentarer ännu"],
    "da": ["512 visninger", "Opdateret for 3 timer siden", "Sidst opdateret kl. 10:32", "Læsetid: 3 min.", "Ingen kommentarer endnu"],
    "nb": ["Visninger: 512", "Oppdatert for 3 timer siden", "Sist oppdatert 10:32", "Lesetid: 3 minutter", "Publisert i dag"],
    "cs": ["5 komentářů", "Zobrazení: 512", "Aktualizováno před 3 hodinami", "Poslední aktualizace: 10:32", "Doba čtení: 3 min", "Žádné komentáře"],
    "id": ["5 komentar", "Dilihat: 512", "Diperbarui 3 jam yang lalu", "Terakhir diperbarui: 10:32", "Waktu baca: 3 menit", "Belum ada komentar"],
    "el": ["5 σχόλια", "Προβολές: 512", "Ενημερώθηκε πριν από 3 ώρες", "Τελευταία ενημέρωση: 10:32", "Χρόνος ανάγνωσης: 3 λεπτά", "Δεν υπάρχουν σχόλια"],
    "he": ["5 תגובות", "צפיות: 512", "עודכן לפני 3 שעות", "עדכון אחרון: 10:32", "זמן קריאה: 3 דקות", "אין תגובות"],
}  # fmt: skip

UNCOUNTED = {
    "en": ["Last updated: 12 March 2024", "Last updated: 12 March 2024, 10:32 GMT", "Updated 1.20", "1. Views", "2) Comments", "Views 1234 and more", "2 hours ago", "5 years ago", "5 answers", "3 votes", "10:32", "Views: many", "I read it 3 minutes ago.", "for 3 days", "Shares: 500", "- 5 views", "# 5 views",
           "| 5 views |", "> 5 views", "- ten\n\n  5 views", "`5 views`", "20 minutes", "No comment."],
    "de": ["Zuletzt aktualisiert: 12. März 2024", "Stand: 12.03.2024, 10:32 Uhr", "5 Antworten", "vor 3 Stunden", "Stand der Dinge: 3", "10:32 Uhr", "5 Beiträge", "Kein Kommentar.", "Stand heute", "Kommentare: keine", "1. Aufrufe", "3 Minuten"],
    "fr": ["Mis à jour le 12 mars 2024 à 10h32", "il y a 3 heures", "5 réponses", "Pas de commentaire.", "Lectures : 3", "Il y a 3 ans, nous marchions.", "3 minutes", "Vues sur la mer : 3", "1. Vues"],
    "es": ["Actualizado el 12 de marzo de 2024", "hace 3 horas", "5 respuestas", "Sin comentarios.", "Lecturas: 3", "Hace 3 años vivíamos aquí.", "1. Visitas", "3 minutos"],
    "it": ["Aggiornato il 12 marzo 2024", "3 ore fa", "5 risposte", "Nessun commento.", "Letture: 3", "3 anni fa vivevamo qui.", "1. Commenti", "3 minuti"],
    "pt": ["Atualizado em 12 de março de 2024", "há 3 horas", "5 respostas", "Sem comentários.", "Há 3 anos vivíamos aqui.", "1. Comentários", "3 minutos"],
    "nl": ["Laatst bijgewerkt: 12 maart 2024", "3 uur geleden", "5 antwoorden", "3 jaar geleden woonden we hier.", "1. Reacties", "3 uur", "5 keer gelopen"],
    "pl": ["Ostatnia aktualizacja: 12 marca 2024", "3 godziny temu", "5 odpowiedzi", "3 lata temu mieszkaliśmy tu.", "1. Komentarze", "3 godziny"],
    "ru": ["Обновлено: 12 марта 2024, 10:32", "3 часа назад", "5 ответов", "3 года назад мы жили здесь.", "1. Просмотры", "Читать 20 минут", "5 голосов", "Комментариев нет.", "Прочитано: 5", "3 часа", "Просмотров мало: 5"],
    "ja": ["最終更新日: 2024年3月12日", "3時間前", "5件の回答", "3年前、私たちはここに住んでいた。", "1. コメント", "3時間", "更新: 2024年3月12日 10:32", "10分前に着いた。", "約3分"],
    "zh": ["最后更新：2024年3月12日", "3小时前", "5 个回答", "3年前，我们住在这里。", "1. 评论", "阅读 20 分钟", "點擊 5", "3 小时", "更新于 2024-03-12 10:32", "阅读 5 本书", "5 票"],
    "ko": ["최근 업데이트: 2024년 3월 12일", "3시간 전", "5개의 답변", "3년 전 우리는 여기 살았다.", "1. 댓글", "3시간", "조회수가 512였다.", "입력: 2024-03-12 10:32"],
    "ar": ["آخر تحديث: 12 مارس 2024", "منذ 3 ساعات", "5 أجوبة", "منذ 3 سنوات عشنا هنا.", "3 ساعات", "1. تعليقات"],
    "tr": ["Son güncelleme: 12 Mart 2024", "3 saat önce", "5 cevap", "Yorum yok.", "3 yıl önce burada yaşıyorduk.", "1. Yorumlar", "3 saat"],
    "sv": ["Senast uppdaterad 12 mars 2024", "för 3 timmar sedan", "5 svar", "Inga kommentarer.", "För 3 år sedan bodde vi här.", "1. Kommentarer", "3 timmar"],
    "da": ["Sidst opdateret 12. marts 2024", "for 3 timer siden", "5 svar", "For 3 år siden boede vi her.", "3 timer"],
    "nb": ["Sist oppdatert 12. mars 2024", "for 3 timer siden", "5 svar", "For 3 år siden bodde vi her.", "3 timer"],
    "cs": ["Poslední aktualizace: 12. března 2024", "před 3 hodinami", "5 odpovědí", "Před 3 lety jsme tu žili.", "1. Komentáře", "3 hodiny"],
    "id": ["Terakhir diperbarui: 12 Maret 2024", "3 jam yang lalu", "5 jawaban", "Tidak ada komentar.", "3 tahun lalu kami tinggal di sini.", "15 menit membaca", "1. Komentar"],
    "el": ["Τελευταία ενημέρωση: 12 Μαρτίου 2024", "πριν από 3 ώρες", "5 απαντήσεις", "Κανένα σχόλιο.", "Πριν από 3 χρόνια ζούσαμε εδώ.", "3 ώρες", "1. Σχόλια"],
    "he": ["עדכון אחרון: 12 במרץ 2024", "לפני 3 שעות", "5 תשובות", "לפני 3 שנים גרנו כאן.", "5 קריאות", "3 שעות"],
}  # fmt: skip

AGES = [
    "2 hours ago", "vor 3 Stunden", "il y a 5 min", "hace 2 h", "3 ore fa", "há 3 horas", "3 uur geleden", "3 godziny temu", "3 часа назад", "3時間前", "3 小时前", "3시간 전", "منذ 3 ساعات", "3 saat önce",
    "för 3 timmar sedan", "for 3 timer siden", "před 3 hodinami", "3 jam yang lalu", "πριν από 3 ώρες", "לפני 3 שעות",
]  # fmt: skip


def test_each_language_has_as_many_cases_that_stay():
    assert CALLS.keys() == CALLED.keys() == WRITTEN.keys()
    assert TALLIES.keys() == COUNTED.keys() == UNCOUNTED.keys()
    for goes, stays in ((CALLED, WRITTEN), (COUNTED, UNCOUNTED)):
        assert sum(map(len, stays.values())) >= sum(map(len, goes.values()))


@pytest.mark.parametrize("language", CALLED)
def test_a_call_goes_from_the_end_and_from_nowhere_else(language):
    for call in CALLED[language]:
        assert body(f"{PROSE}\n\n{call}")[0] == PROSE, call
        assert body(call)[0] == call
        for own in (f"- one\n- {call}", f"# {call}", f"> {call}", f"```\n{call}\n```", f"| {call} | x |\n| --- | --- |\n| 1 | 2 |"):
            assert body(f"{PROSE}\n\n{own}")[0] == f"{PROSE}\n\n{own}"


@pytest.mark.parametrize("language", WRITTEN)
def test_what_an_author_ends_with_stays(language):
    for sentence in WRITTEN[language]:
        assert body(f"{PROSE}\n\n{sentence}")[0] == f"{PROSE}\n\n{sentence}"


@pytest.mark.parametrize("language", COUNTED)
def test_a_counter_goes_from_near_either_end(language):
    for counter in COUNTED[language]:
        for text in (f"{counter}\n\n{PROSE}", f"{PROSE}\n\n{counter}", f"{PROSE}\n\n{counter}\n\n{PROSE}"):
            assert body(text)[0] == "\n\n".join([PROSE] * text.count(PROSE)), counter
        for own in (f"- {counter}", f"# {counter}", f"> {counter}", f"```\n{counter}\n```", "\n\n".join([*[PROSE] * 4, counter, *[PROSE] * 4])):
            assert counter in body(f"{PROSE}\n\n{own}\n\n{PROSE}")[0]


@pytest.mark.parametrize("language", UNCOUNTED)
def test_a_figure_that_an_author_tells_stays(language):
    for line in UNCOUNTED[language]:
        for text in (f"{PROSE}\n\n{line}", f"{PROSE}\n\n{line}\n\n{PROSE}"):
            assert body(text)[0].split() == text.split(), line


def test_an_age_alone_goes_from_the_very_start():
    for age in AGES:
        assert body(f"{age}\n\n{PROSE}")[0] == PROSE, age
        assert body(f"5 min read\n\n{age}\n\n{PROSE}")[0] == PROSE
        for text in (f"{PROSE}\n\n{age}", f"When?\n\n{age}\n\n{PROSE}", age, f"1 year ago\n\n{PROSE}"):
            assert body(text)[0] == text


_SAMPLES = [cases[number] for table in (CALLED, WRITTEN, COUNTED, UNCOUNTED) for cases in table.values() for number in (0, 1)]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([PROSE, "```", "# Heading", "- item", *_SAMPLES, *AGES]), max_size=9).map("\n\n".join))
def test_a_second_cleaning_finds_nothing(text):
    once = body(text)
    assert body(*once) == once


@pytest.mark.parametrize(
    "line",
    ["1 " * 500_000, "Share on " + "x, " * 300_000, "5 views · " * 100_000, "“" * 1_000_000, "Read more " + "a" * 1_000_000, "1 1 1 1 1 1 1 1\n\n" * 60_000, "cookies: " * 120_000, "投稿" + "はに" * 500_000],
    ids=range(8),
)
def test_a_megabyte_is_no_trouble(line):
    for text in (f"{line}\n\n{PROSE}", f"{PROSE}\n\n{line}", f"{PROSE}\n\n{line}\n\n{PROSE}"):
        assert not [*counters(text), *tails(text)]


@pytest.mark.parametrize("shape", ["{}", "{0} {0} {0}", "{0}, {0} · {0}", "{0}x", "({0}", "*{0}"])
def test_no_phrase_makes_its_pattern_run_away(shape):
    for sample in _SAMPLES:
        text = f"{PROSE}\n\n{(shape.format(sample) * 40)[:250]}!?"
        assert not [*counters(text), *tails(text)]


@pytest.mark.parametrize("asked", ["How many likes did it get?\n\n4,000 likes", "Books read:\n\n52 reads", "**Welche Zahl stimmt?**\n\n300 Abonnenten"])
def test_a_figure_that_the_line_before_asks_for_stays(asked):
    text = f"{asked}\n\n{PROSE}"
    assert body(text)[0] == text
