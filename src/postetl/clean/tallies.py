"""Words that count a post's readers or tell how long ago it was, in their languages, for `clean.counters`.

Parts of regular expressions (alternatives, no groups that capture), read without regard to case. Sources: WordPress core (`%s ago`, `Last
updated: %s`, `No Comments`), Ghost, Joomla (`Hits: %s`), CLDR for relative times. A word that stands for more than a reader's click (answers,
votes, readings, a company's shares) is left out: it may be the author's. So are
"no comment" and its like, where they close a story as often as they open a form.
"""

from typing import NamedTuple


class Tallies(NamedTuple):
    """What counts readers, or tells how long ago something was."""

    counted: str = ""  # behind a figure
    label: str = ""  # before a figure, with a colon or in parentheses
    tally: str = ""  # before a figure, with nothing between
    none: str = ""
    updated: str = ""  # before a time
    before: str = ""  # "2 hours ago": before the figure
    ago: str = ""  # and behind the unit
    once: str = ""  # the same without a figure
    short: str = ""  # units up to a day
    long: str = ""
    day: str = ""  # today, yesterday
    reading: str = ""  # how long it takes to read; {} is the figure


TALLIES = {
    "en": Tallies(
        counted="views?|reads?|comments?|shares?|likes?|replies", label="(?:page ?|post )?views?|comments?|likes|reads|hits",
        none="no comments(?: yet)?|be the first to comment", updated="(?:last )?(?:updated|edited|modified|posted|published)(?: at| on)?", ago="ago",
        once="(?:an?|one) (?:second|minute|min|hour|day|week|month|year) ago|just now|moments ago", short=r"seconds?|secs?\.?|minutes?|mins?\.?|hours?|hrs?\.?|days?",
        long=r"weeks?|wks?\.?|months?|mos?\.|years?|yrs?\.?", day="today(?: at)?|yesterday(?: at)?",
        reading=r"{}[- ]?min(?:ute)?s?\.? read|(?:estimated |est\. )?read(?:ing)? time:? {} ?min(?:ute)?s?\.?",
    ),
    "de": Tallies(
        counted="(?:seiten)?aufrufe|kommentare?|reaktionen|abonnenten", label="(?:seiten)?aufrufe|kommentare|zugriffe", none="keine kommentare|noch keine kommentare",
        updated="(?:zuletzt )?(?:aktualisiert|bearbeitet|geändert|veröffentlicht)(?: um)?|stand:", before="vor", once="vor einer (?:minute|stunde)|gerade eben",
        short=r"sekunden?|sek\.|minuten?|min\.|stunden?|std\.|tage?n?", long="wochen?|monate?n?|jahre?n?", day="heute|gestern",
        reading=r"(?:geschätzte )?lese(?:zeit|dauer):? (?:ca\. |etwa )?{} ?min(?:\.|uten?)?|{} ?min(?:\.|uten?)? lese(?:zeit|dauer)",
    ),
    "fr": Tallies(
        counted="vues?|commentaires?|partages?", label="vues|commentaires", none="pas de commentaires|aucun commentaire",
        updated="(?:dernière )?mise à jour|mis à jour(?: à)?|modifié(?: à)?|publié", before="il y a", once="il y a une (?:minute|heure)|à l['’]instant",
        short=r"secondes?|minutes?|min\.?|heures?|h|jours?|j", long=r"semaines?|sem\.|mois|ans?", day="aujourd['’]hui(?: à)?|hier(?: à)?",
        reading="(?:temps|durée) de lecture(?: estimée?)? ?:? ?{} ?min(?:utes?)?|{} ?min(?:utes?)? de lecture",
    ),
    "es": Tallies(
        counted="visitas?|comentarios?|vistas", label="visitas|comentarios|vistas", none="no hay comentarios",
        updated="(?:última )?actualización|actualizad[oa](?: a las)?|publicado", before="hace", once="hace un(?:a hora| minuto)|justo ahora",
        short="segundos?|minutos?|min|horas?|h|días?|d", long="semanas?|meses|mes|años?", day="hoy(?: a las)?|ayer(?: a las)?",
        reading="tiempo de lectura(?: estimado)?:? {} ?min(?:utos?)?|{} ?min(?:utos?)? de lectura",
    ),
    "it": Tallies(
        counted=r"visualizza\w*|comment[oi]|condivisioni", label="visualizzazioni|commenti|visite", none="ancora nessun commento",
        updated="(?:ultimo )?aggiornamento|aggiornato(?: alle)?|pubblicato", ago="fa", once="un['’]ora fa|adesso",
        short=r"second[oi]|sec\.|minut[oi]|min|or[ae]|h|giorn[oi]", long="settiman[ae]|mes[ei]|ann[oi]", day="oggi(?: alle)?|ieri(?: alle)?",
        reading="tempo di lettura(?: stimato)?:? {} ?min(?:ut[oi])?|{} ?min(?:ut[oi])? di lettura",
    ),
    "pt": Tallies(
        counted="visualizaç(?:ão|ões)|comentários?|visitas?|curtidas?", label="visualizações|comentários|visitas|acessos", none="nenhum comentário",
        updated="(?:última )?(?:atualização|actualização)|atualizado(?: às)?|publicado", before="há", ago="atrás", once="há uma hora|(?:há )?uma hora atrás",
        short=r"segundos?|minutos?|min\.?|horas?|dias?", long="semanas?|mês|meses|anos?", day="hoje(?: às)?|ontem(?: às)?",
        reading="tempo (?:estimado )?de leitura:? {} ?min(?:utos?)?|{} ?min(?:utos?)? de leitura",
    ),
    "nl": Tallies(
        counted="reacties?|weergaven|keer (?:bekeken|gelezen)", label="reacties|weergaven", none="(?:nog )?geen reacties",
        updated="laatste update|(?:laatst )?(?:bijgewerkt|gewijzigd)(?: om)?|gepubliceerd", ago="geleden", once="eén uur geleden|een uur geleden|zojuist",
        short=r"secon?den?|sec\.|minuut|minuten|min\.?|uur|uren|dag(?:en)?", long="we(?:ek|ken)|maand(?:en)?|jaar", day="vandaag(?: om)?|gisteren(?: om)?",
        reading=r"lees(?:tijd|duur):? (?:ca\. )?{} ?min(?:uten|uut)?\.?|{} ?min(?:uten|uut)?\.? lees(?:tijd|duur)",
    ),
    "pl": Tallies(
        counted=r"wyświetle(?:nia|ń|nie)|komentarz\w{0,2}|odsłon[ay]?", label="wyświetlenia|wyświetleń|komentarze|odsłony?", none="brak komentarzy",
        updated="ostatnia (?:aktualizacja|zmiana)|(?:zaktualizowano|aktualizacja|opublikowano)(?: o)?", ago="temu", once="godzinę temu|przed chwilą",
        short=r"sekund[ęya]?|sek\.|minut[ęya]?|min|godzin[ęya]?|godz\.|dzień|dni", long=r"tydzień|tygodni[ea]?|tyg\.|miesiąc[ea]?|miesięcy|mies\.|rok|lata?",
        day="dzisiaj|dziś|wczoraj", reading=r"czas czytania:? (?:ok\. )?{} ?min(?:ut[ay]?)?\.?|{} ?min(?:ut[ay]?)?\.? czytania",
    ),
    "ru": Tallies(
        counted=r"просмотр(?:а|ов)?|комментари(?:й|я|ев)|комментария\(ев\)|лайк(?:а|ов)?|прочтени[йея]", label="просмотр(?:ы|ов)|комментари(?:и|ев)|прочтений",
        none="комментариев пока нет|пока нет комментариев", updated="(?:последнее (?:изменение|обновление)|(?:обновлено|изменено|опубликовано)(?: в)?)", ago="назад",
        once="час назад|только что|сейчас", short=r"секунд[уы]?|сек\.|минут[уы]?|мин\.|час(?:а|ов)?|ч\.?|день|дня|дней|дн\.",
        long=r"недел[юиь]|нед\.|месяц(?:а|ев)?|мес\.|год(?:а)?|лет", day="сегодня(?:,? в)?|вчера(?:,? в)?",
        reading=r"время (?:на )?чтени[ея]:? ?(?:≈ ?|~ ?)?{} ?мин(?:ут[аы]?)?\.?|{} ?мин(?:ут[аы]?)?\.? (?:на )?чтени[ея]",
    ),
    "ja": Tallies(
        counted="(?:件|個)?の?(?:コメント|いいね|閲覧)|回(?:閲覧|表示|再生|視聴)|ビュー", label="閲覧数|閲覧回数|コメント数?|アクセス数|表示回数|再生回数|いいね", tally="閲覧数|閲覧回数|アクセス数|表示回数|再生回数", none="コメントはまだありません",
        updated="最終更新日?時?|更新日時|更新", ago="前", short="秒|分|時間|日", long="週間?|[かヶケカ]月|年", day="今日|昨日",
        reading="読了(?:時間|目安)[:：]? ?(?:約|およそ)? ?{} ?分|この記事は約? ?{} ?分で(?:読めます|お読みいただけます)",
    ),
    "zh": Tallies(
        counted="(?:次|人)?(?:阅读|閱讀|浏览|瀏覽|观看|觀看|点赞|點讚|点击|點擊)|(?:条|條|則|篇|个|個)(?:评论|評論|留言|回复|回覆|迴響)", label="(?:阅读|閱讀|浏览|瀏覽|点击|點擊)(?:量|数|數|次数|次數)?|评论数?|評論數?|點閱|人氣|人气",
        tally="(?:(?:阅读|閱讀|浏览|瀏覽)(?:量|数|數|次数|次數)?|(?:点击|點擊)(?:量|数|數|次数|次數))|评论|点赞|收藏|點閱|人氣|人气", none="(?:没有|無|暂无|尚無)(?:评论|留言|迴響)",
        updated="最[后後近](?:更新|编辑|編輯|修改)(?:于|於|時間|时间)?|更新(?:于|於|時間|时间)|发布于|發佈於", ago="前", once="刚刚|剛剛|一小[时時]前", short="秒钟?|秒鐘|分钟|分鐘|小时|小時|天|日", long="周|週|[个個]月|月|年",
        day="今天|昨天", reading="(?:预计|預計)?(?:阅读|閱讀)(?:时间|時間|时长|需要?|(?= ?大?[约約]))[:：]? ?(?:大?[约約])? ?{} ?分[钟鐘]",
    ),
    "ko": Tallies(
        counted="(?:개의?|건의?) ?댓글|회 ?(?:조회|재생)|명이? ?조회", label="조회 ?수?|댓글 ?수?|좋아요", tally="조회 ?수?|댓글", none="댓글 없음", updated="(?:최근|마지막|최종) ?(?:업데이트|수정)|업데이트됨|수정|입력",
        ago="전", once="방금 전", short="초|분|시간|일", long="주일?|개월|달|년", day="오늘|어제", reading="읽는 ?(?:데 ?)?(?:시간)?:? ?(?:약 ?)?{} ?분",
    ),
    "ar": Tallies(
        counted="تعليقات|تعليق|مشاهدات|مشاهدة|قراءة", label="(?:عدد )?(?:المشاهدات|التعليقات|الزيارات)|المشاهدات|تعليقات", none="لا توجد تعليقات",
        updated="آخر تحديث|تم التحديث|نشر", before="منذ|قبل", once="(?:منذ|قبل) (?:دقيقة|ساعة|يوم)(?: واحدة| واحد)?|الآن",
        short=r"ثانية|ثانيتين|ثوان\w?|دقيقة|دقيقتين|دقائق|ساعة|ساعتين|ساعات|يوم|يومين|أيام", long="أسبوع|أسبوعين|أسابيع|شهر|شهرين|أشهر|سنة|سنتين|سنوات", day="اليوم|أمس",
        reading="(?:وقت|مدة|زمن) القراءة:? ?{} ?(?:دقيقة|دقائق)",
    ),
    "tr": Tallies(
        counted="yorum|görüntüle(?:n)?me|okunma|beğeni", label="görüntülenme|görüntüleme|okunma|yorum(?:lar)?", none="henüz yorum yok|yorum yapılmamış",
        updated="(?:son )?güncelle(?:n)?me|güncellendi|yayınlanma", ago="önce", once="bir saat önce|şu anda", short=r"saniye|sn\.?|dakika|dk\.?|saat|sa\.|gün",
        long=r"hafta|hf\.|ay|yıl", day="bugün|dün", reading=r"okuma süresi:? {} ?(?:dakika|dk\.?)|{} ?(?:dakikalık|dk\.?) okuma",
    ),
    "sv": Tallies(
        counted="kommentar(?:er)?|visningar|gillningar", label="kommentarer|visningar", none="inga kommentarer (?:ännu|än)",
        updated=r"(?:senast )?(?:uppdatera[dt]|ändrad)(?: kl\.?)?|publicera[dt](?: kl\.?)?", ago="sedan|sen", once="(?:för )?en timme sedan|nu precis|just nu",
        short="sekund(?:er)?|minut(?:er)?|min|timm(?:e|ar)|tim|dag(?:ar)?", long="veck(?:a|or)|månad(?:er)?|år", day="i ?dag|i ?går",
        reading=r"lästid:? (?:ca\.? )?{} ?min(?:uter)?\.?|{} ?min(?:uter)?\.? (?:läsning|lästid)",
    ),
    "da": Tallies(
        counted="kommentarer|visninger", label="kommentarer|visninger", none="ingen kommentarer endnu",
        updated=r"(?:sidst )?(?:opdateret|ændret)(?: kl\.?)?|udgivet|offentliggjort", ago="siden", once="(?:for )?en time siden|lige nu",
        short=r"sekund(?:er)?|sek\.|minut(?:ter)?|min\.?|time[r]?|dage?", long=r"uger?|måned(?:er)?|mdr?\.|år", day="i dag|i går",
        reading=r"læsetid:? (?:ca\.? )?{} ?min(?:utter)?\.?|{} ?min(?:utter)?\.? læsetid",
    ),
    "nb": Tallies(
        counted="kommentarer|visninger", label="kommentarer|visninger", none="ingen kommentarer ennå",
        updated=r"(?:sist )?(?:oppdatert|endret)(?: kl\.?)?|publisert(?: kl\.?)?", ago="siden", once="(?:for )?en time siden|akkurat nå",
        short="sekund(?:er)?|sek|minutt(?:er)?|min|timer?|dag(?:er)?|døgn", long=r"uker?|måned(?:er)?|md\.|år", day="i dag|i går",
        reading=r"lesetid:? (?:ca\.? )?{} ?min(?:utter)?\.?|{} ?min(?:utter)?\.? lesetid",
    ),
    "cs": Tallies(
        counted="komentář(?:e|ů)?|zobrazení|zhlédnutí|přečtení", label="komentáře|zobrazení|zhlédnutí|přečteno", none="žádné komentáře",
        updated="(?:poslední )?aktualizace|(?:naposledy )?(?:aktualizováno|upraveno)(?: v)?|publikováno", before="před", once="před (?:jednou )?hodinou|právě teď",
        short="sekund(?:ou|ami)|minut(?:ou|ami)|min|hodin(?:ou|ami)|h|dnem|dny", long=r"týdn(?:em|y)|týd\.|měsíc(?:em|i)|měs\.|rok(?:em|y)|lety",
        day="dnes(?: v)?|včera(?: v)?", reading=r"(?:doba|čas) čtení:? (?:cca )?{} ?min(?:uty?)?\.?|{} ?min(?:uty?)?\.? čtení",
    ),
    "id": Tallies(
        counted="komentar|tayangan|kali (?:dilihat|dibaca)", label="komentar|dilihat|dibaca|tayangan", none="belum ada komentar",
        updated="(?:terakhir )?(?:diperbarui|diubah|diterbitkan)(?: pukul)?", ago="(?:yang )?lalu", once="satu jam yang lalu|baru saja",
        short="detik|dtk|menit|mnt|jam|hari", long="minggu|mgg|bulan|bln|tahun|thn", day="hari ini|kemarin",
        reading="waktu (?:baca|membaca):? {} ?menit|{} ?menit baca",
    ),
    "el": Tallies(
        counted="σχόλι(?:ο|α)|προβολ(?:ή|ές)", label="σχόλια|προβολές", none="δεν υπάρχουν (?:ακόμα )?σχόλια",
        updated="(?:τελευταία )?ενημέρωση|ενημερώθηκε|δημοσιεύτηκε", before="πριν (?:από)?", ago="πριν", once="πριν από μία ώρα|μόλις τώρα",
        short=r"δευτερόλεπτ(?:ο|α)|δευτ\.|λεπτ(?:ό|ά)|λεπ\.|ώρ(?:α|ες)|ώ\.|ημέρ(?:α|ες)|ημ\.", long=r"εβδομάδ(?:α|ες)|εβδ\.|μήν(?:α|ες)|έτ(?:ος|η)|χρόνια",
        day="σήμερα|χθες", reading="χρόνος ανάγνωσης:? {} ?λεπτ(?:ό|ά)|{} ?λεπτ(?:ό|ά) ανάγνωση",
    ),
    "he": Tallies(
        counted="תגובות|צפיות", label="תגובות|צפיות|מספר צפיות", none="אין תגובות", updated="עדכון אחרון|עודכן(?: ב-?)?|פורסם", before="לפני",
        once="לפני (?:דקה|שעה|שעתיים|יום|יומיים)|ממש עכשיו", short="שניות|דקות|דק['׳]|שעות|שע['׳]|ימים", long="שבועות|חודשים|שנים", day="היום|אתמול",
        reading="זמן קריאה:? ?(?:כ-?)?{} ?דק(?:ות|ה|['׳])",
    ),
}  # fmt: skip
