"""What months are called, January to December, in sixteen European languages."""

NAMES = (  # full names and customary abbreviations; en de fr es it nl pt, sv da no fi, pl cs hu, ru uk, tr, el
    "january jan januar jänner jaenner janvier janv enero ene gennaio gen januari janeiro tammikuuta stycznia ledna január января січня ocak ιανουαρίου",
    "february feb februar feber février fevr fev febrero febbraio febr februari fevereiro helmikuuta lutego února február февраля лютого şubat φεβρουαρίου",
    "march mar märz maerz mrz mars marzo maart mrt março marts maaliskuuta marca března március марта березня mart μαρτίου",
    "april apr avril avr abril abr aprile huhtikuuta kwietnia dubna április апреля квітня nisan απριλίου",
    "may mai mayo maggio mag mei maio maj toukokuuta maja května május мая травня mayıs μαΐου",
    "june jun juni juin junio giugno giu junho kesäkuuta czerwca června június июня червня haziran ιουνίου",
    "july jul juli juillet juil julio luglio lug julho heinäkuuta lipca července július июля липня temmuz ιουλίου",
    "august aug août agosto ago augustus augusti elokuuta sierpnia srpna augusztus августа серпня ağustos αυγούστου",
    "september sep sept septembre septiembre setiembre settembre set setembro syyskuuta września září szeptember сентября вересня eylül σεπτεμβρίου",
    "october oct oktober okt octobre octubre ottobre ott outubro out lokakuuta października října október октября жовтня ekim οκτωβρίου",
    "november nov novembre noviembre novembro marraskuuta listopada listopadu ноября листопада kasım νοεμβρίου",
    "december dec dezember dez décembre diciembre dic dicembre dezembro desember joulukuuta grudnia prosince декабря грудня aralık δεκεμβρίου",
)
