"""JP_SPECIAL_CARE: 要配慮個人情報 of a named person, with its kind.

Act on the Protection of Personal Information art. 2(3) and its order art. 2: race, creed, social status, medical
history, criminal record, having been the victim of a crime; disability, results of health checks, guidance,
treatment and dispensing by doctors, criminal and juvenile procedure. What only lets one guess (a book bought, an
insurance taken out) is none, nor is nationality alone (guideline). The span is the phrase; a store keeps its
place and count only.

>>> recognizer = SpecialCareRecognizer()
>>> text = "佐藤美咲様はうつ病で通院中。"
>>> [(text[each.start : each.end], each.score) for each in recognizer.find(text, text)][:1]
[('うつ病で通院中', 0.7)]
>>> kind_of("うつ病で通院中")
'病歴'
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import ClassVar

from detectors.ahead import compiled
from detectors.context.care_words import (
    ABSENCE,
    ALLERGEN,
    BELIEVER,
    CARE,
    CHECKUP,
    CLINIC,
    DISABILITY,
    DISABLED,
    DRUG,
    ETHNIC,
    FAITH,
    HANDBOOK,
    HARM,
    ILLNESS,
    ILLNESS_CUE,
    MEASURE,
    OFFENCE,
    ORGAN,
    PARTY,
    PROCEDURE,
    RESULT,
)
from detectors.context.statement import (
    PERSON_WORD,
    POLITE,
    TAIL,
    WORD,
    People,
    StatementRecognizer,
    asserted,
)
from detectors.names.lexicon import KANJI
from detectors.text import condense, fold

_SINCE = (
    "(?:(?:[0-9]{4}|[0-9一二三数]{1,2})(?:年|か月|ヶ月|月|週間)(?:ほど|前|間)?(?:から|に)?|現在|長年|昨年|去年|先月|以前|過去に|長期|定期的に"
    "|月に?[0-9一二]回|週に?[0-9一二]回)?(?:から|より|、)?"
)
#: End of what is said: 難聴で, 難聴です, 難聴。
_IS = "(?=だ|で(?!も)|です|の(?=ため)|、|と(?:の|診|聞|伺|判)|らしい|[。)」]|$)"
_GRADE = "(?:[1-6一二三四五六AB]+(?:級|種|度|判定)?)"

#: How a sentence goes on behind an illness that is the whole statement.
_AILING = (
    "だ(?!けで|と(?:すれ|した)|ろう)|です|で(?=、|あ[りるっ]|ござい|す|施設|介護|徘徊)|と(?:の(?=こと|話|連絡|申|由)|聞|伺|のこと)|らしい|だそう|のため|の為|を理由に|のせいで"
    "|[。)」]|$"
)
_HURT = "(?:(?:手首|足首|大腿骨?|鎖骨|肋骨|腰椎|[手足腕指])を)?骨折"

#: What may stand between a label and the name of an illness: what sort it is.
_SORT = rf"(?:{WORD}|[うぜんそくの]){{0,10}}?"

SPECIAL_CARE = "JP_SPECIAL_CARE"

#: Kind, by the law's words → the phrases that state it. The first that matches names the kind of a phrase.
_STATED: dict[str, tuple[str, ...]] = {
    "犯罪被害": (
        rf"{HARM}(?:事件)?の?被害(?:に(?:遭|あ|会)(?:わ|い)?|を(?:受け|訴え|申告|届け?出|相談)){TAIL}",
        rf"{HARM}(?:事件)?の?被害(?:者{_IS}|届(?:を?提出)?{TAIL}|歴?あり|で(?=相談|通院|転居|避難|来))",
        rf"{HARM}に(?:遭|あ(?=っ|い|わ)|会)(?:わ|い)?{TAIL}",
        rf"性被害(?:に(?:遭|あ|会)(?:わ|い)?|を(?:受け|訴え|申告|届け?出|相談)){TAIL}",
        rf"(?:配偶者|元?夫|元交際相手|交際相手|父親?)からの?(?:DV|暴力|虐待|つきまとい)(?:被害|を受け|に遭){TAIL}",
        "DV避難(?:中|者)|DV等?支援措置(?:の?対象者|を?申出|中)",
    ),
    "犯罪歴": (
        "(?:前科|前歴|犯罪歴|逮捕歴|犯歴)(?:が|は|を|:)?(?:あり|ある|有り|持ち|者|つい|[0-9一二三]犯)",
        rf"{OFFENCE}(?:の(?:現行犯)?)?(?:で|により){_SINCE}{PROCEDURE}(?:処分|判決)?(?:を受け|と?な)?{TAIL}",
        rf"(?:逮捕|書類送検|在宅起訴|略式起訴|起訴)され{TAIL}",
        "(?<=を)(?:現行犯で?|緊急|再)?(?:逮捕|書類送検|在宅起訴|略式起訴|起訴)し(?:(?:まし)?た(?!いと)|て(?:い[たる]|おり))",
        "(?:懲役|禁錮|罰金)[0-9一二三四五六七八九十百]+(?:年|か月|ヶ月|万円)[^。、]{0,10}?(?:を?言い渡|の(?:実刑|有罪)?判決|が確定)"
        "(?:した|され(?:た|て)|を受け(?:た|て))?",
        rf"(?:刑務所|少年院|少年鑑別所|拘置所)[にをからでへ]{{1,2}}(?:入っ|服役|出所|収容|い(?=た)|入所|送ら|送致|出(?=た|て)){TAIL}",
        "(?<![予])(?:執行猶予中|服役(?:中|経験あり|し(?:た|てい[たる]))|保護観察中|仮釈放中|指名手配中|少年審判を受け)",
        "(?:懲役[0-9一二三]+年|実刑判決|有罪判決|罰金刑)(?:の判決)?(?:を受け|となっ|が確定)(?:た|て)",
        f"暴力団(?:の?(?:組員|構成員|員|関係者)){_IS}|元?(?:受刑者|服役囚){_IS}",
        rf"{OFFENCE}事件を(?:起こ|犯)し{TAIL}",
    ),
    "人種": (
        f"{ETHNIC}(?:の?(?:出身|家系|血|ルーツ|末裔|子孫)(?:者|を引)?|とのハーフ|{_IS}|の(?:父|母|両親)を持)",
    ),
    "社会的身分": (
        "(?:被差別部落|同和地区|部落)(?:の?出身者?|の生まれ|に生まれ)",
        f"(?:非嫡出子|婚外子){_IS}",
    ),
    "信条": (
        f"(?:{FAITH}(?:の|系の)?(?:熱心な)?(?:信者|信徒|会員|教徒|員(?![{KANJI}])|二世|2世)|{BELIEVER}(?!{WORD}))(?!の方|向け|数|が多)",
        rf"{FAITH}[をに](?:信仰|信じ|入信|改宗|入会|帰依|傾倒|入っ){TAIL}",
        f"(?:宗教|信仰|信条|宗派|支持政党)[はがも:] ?(?:{FAITH}|{PARTY}|{BELIEVER}|無宗教)",
        f"{PARTY}の?(?:熱心な)?(?:党員|員(?![{KANJI}])|支持者|シンパ|活動家|構成員)(?!の方|数)|{PARTY}を支持{TAIL}",
        "(?:宗教|信仰)上の理由",
    ),
    "健診結果": (
        rf"{CHECKUP}(?:の?(?:結果|判定|数値|所見))?(?:にて|[ではがにのも:、 ]|を受け)[^。、]{{0,12}}?"
        rf"(?:{RESULT}|{ILLNESS})(?:なし|あり)?(?:[がをとに](?:見つか|指摘|発見|判明|高|悪|出|診断|判定|な))?{TAIL}",
        rf"{MEASURE}(?:の?値)?[はが:]? ?[0-9]{{1,3}}(?:[./-][0-9]{{1,3}})?(?:mg/dL|mmHg|%)?",
        rf"{MEASURE}が(?:やや|少し|かなり)?[高低](?:く|い|め|すぎ)",
        rf"高ストレス者?(?:と判定|に該当){TAIL}",
    ),
    "障害": (
        rf"{DISABILITY}{_GRADE}?(?:手帳{_GRADE}?(?:を(?:お持ち|持っ|所持|取得|保有))?|あり|有り|[がを](?:あり|ある|あっ|お持ち|持っ|抱え|残っ)"
        rf"|[のとで](?:診断|判定|認定|通院){TAIL}|の診断を受け|{_IS}){TAIL}",
        rf"{HANDBOOK}(?:\(?{_GRADE}\)?)?(?:の(?:{_GRADE}))?[をのはが、:]?{_GRADE}?"
        rf"(?:をお?|の)?(?:持ち|持っ|所持|保有|取得|交付|提示|更新|あり|{_GRADE}){TAIL}",
        rf"障(?:害|がい)(?:支援区分|等級)[はが:]? ?{_GRADE}|障害年金(?:[1-3]級)?を?(?:の?受給){TAIL}",
        rf"障害者(?:雇用)?枠で(?:入社|採用|勤務|就労|内定){TAIL}",
        f"{DISABLED}{_IS}",
        "(?:[耳目足脚手体]|手足|下半身)が(?:少し)?(?:不自由|聞こえ(?:ない|ず|にくい|づらい)|見え(?:ない|ず|にくい)"
        "|動かない)",
        "要(?:介護|支援)(?:度|認定)?[1-5一二三四五](?!割|以上|の方|~|-)",
        rf"(?:身障|身体障害者?|精神)(?:手帳)?{_GRADE}(?=[、。)」 ]|$)",
        rf"(?:半身|顔面|[左右両]?[手足腕]|[左右両]|下肢|上肢)[にのが]?麻痺(?:が残|が?(?:あり|ある)){TAIL}",
        rf"(?:ペースメーカー?|人工(?:肛門|関節|内耳|弁)|ストーマ)を?(?:入れ|装着|造設|埋め込|植え?込){TAIL}",
        rf"要(?:介護|支援)(?:の?認定を受け|と認定され){TAIL}|(?:[手足腕]|下肢|上肢)を切断{TAIL}",
    ),
    "病歴": (
        rf"(?:病歴|既往歴?|持病|現病歴|基礎疾患|傷病名|診断名?|病名)[はがに:=】\]\t ]+(?:#?[0-9][.)]? ?)?"
        rf"{_SORT}{ILLNESS}(?:(?:[、,・/と]| ?#?[0-9][.)]? ?){_SORT}{ILLNESS}){{0,7}}",
        rf"{ILLNESS}(?:の?(?:ため|せい|悪化|再発|治療|手術|後遺症|症状|発作))?(?:により|[をでのにが、]{{0,2}})?"
        rf"{_SINCE}"
        rf"(?:{CARE}|{ABSENCE})(?:を(?:受け|控え|開始|継続))?{TAIL}",
        rf"{ILLNESS}を(?:患|発症|抱え|持っ|わずら|罹患|併発|再発|克服|告知|打ち明け){TAIL}",
        rf"{ILLNESS}に(?:罹患|感染|かか|罹|な(?=っ|り)){TAIL}",
        rf"(?:流産|死産|{_HURT})し(?:(?:まし)?た|て(?:い|お|しま)){TAIL}",
        rf"{ILLNESS}(?:だと|[とのだ])(?:診断|告知|判明)(?:書[をが]提出|を受け|が[出下])?{TAIL}",
        rf"{ILLNESS}が(?:再発|悪化|発覚|判明|見つか|進行|転移|あり|あ(?=る|っ)|ござい){TAIL}",
        rf"{ILLNESS}(?:の|で)?(?:既往歴?|病歴|持病|罹患歴|感染歴|手術歴|診断書)(?:が?あり|が?ある)?",
        f"{ILLNESS}(?:持ち(?!込|物|帰)|患者(?=で(?!も)|だ|。|$)|(?:検査)?陽性|歴[0-9]+年|の後遺症)",
        rf"{ILLNESS}(?:\([^()]{{1,12}}\))?(?:[はもが] ?|[:=] ?)?"
        r"(?:あり(?!ません|の(?:方|場合|データ))|有り?(?=[。、) ]|$)|\(?\+\)?)",
        f"(?:食物|薬物|薬剤)?アレルギー[:=] ?{ALLERGEN}(?:[、,・/と ]{{1,2}}{ALLERGEN}){{0,7}}"
        "(?!対応|不使用|フリー|除去|なし|無)",
        rf"{ILLNESS}の?(?:(?:ステージ|[Ss]tage|病期) ?[0-4IVⅠⅡⅢⅣ]{{1,3}}|[0-4IVⅠⅡⅢⅣ]{{1,3}}期)",
        rf"{ILLNESS}の疑い(?:で(?:{_SINCE}(?:{CARE}|精密?検査|受診|紹介){TAIL}|)|があり|あり|と(?:診断|言われ){TAIL})",
        rf"{ILLNESS}(?:を|の)(?:切除|摘出){TAIL}|うつ(?:で(?!し|す|き)(?:{_SINCE}(?:{CARE}|{ABSENCE}){TAIL})|と診断(?:され)?{TAIL})",
        "持病(?:があ[りる]|あり|持ち)|(?:指定)?難病(?:に指定|の認定)",
        # Nothing but the name of the illness: of somebody only as `_ails` reads it.
        f"{ILLNESS}(?={_AILING})",
    ),
    "診療・調剤": (
        rf"(?:{WORD}{{1,10}})?{CLINIC}(?:[にへでを]|での){_SINCE}(?:{CARE}|受診|診察|通(?=っ|わ|い)|かか(?=っ|り)|搬送|転院|手術){TAIL}",
        rf"ご?{CARE}(?:を(?:受け|開始|継続|し(?=た|て))|中(?!止)|のため|予定|歴|が?決ま|に?なっ|とのこと|し(?:た(?![いら])|て)|され|なさ|でい)(?:{TAIL})",
        rf"(?:人工)?透析 ?(?:\(?週|月)に?[0-9一二三]回|(?<=で)(?:緊急)?(?:{CARE}|手術)(?=[。、) ]|$)",
        rf"ご?退院(?:し(?=た|て)|され|予定){TAIL}",
        rf"(?:{ORGAN}の?)?(?:摘出|移植|切除|置換|バイパス)?手術(?:を(?:受け|控え|し(?=た|て)|され|予定)|後(?=の(?:経過|療養|リハビリ))|予定|され|し(?=た|て)){TAIL}(?:予定)?",
        rf"{DRUG}[をが](?:毎日|常時|[0-9]年間)?(?:服用|処方|飲ん|内服|打っ|常用){TAIL}|{DRUG}の(?:服用中|副作用)",
        rf"カウンセリングを受け{TAIL}|(?:主治医|産業医)(?:から|より|に|と)[^。、]{{0,10}}?(?:言われ|止められ|指示|診断|面談){TAIL}",
        rf"診断書[をが](?:提出|受領|受理){TAIL}|(?:産業医|主治医)面談(?:を?実施)?{TAIL}",
        rf"妊娠(?:中|[0-9]{{1,2}}(?:週|か月|ヶ月)|が判明|し(?:(?:まし)?た|て(?:いる|おり|い?ます|おられ|いらっしゃ))){TAIL}",
    ),
}

#: Kind → words without which a sentence cannot state it.
_CUES = {
    "犯罪被害": f"{HARM}(?:事件)?の?(?:被害|に)|性被害|からの?(?:DV|暴力|虐待|つきまとい)|DV",
    "犯罪歴": (
        "前科|前歴|犯罪歴|逮捕|犯歴|起訴|送検|刑務所|少年院|少年鑑別所|拘置所|執行猶予|服役|保護観察|仮釈放|指名手配|少年審判"
        "|懲役|禁錮|実刑|有罪|罰金|検挙|補導|摘発|取り調べ|取調べ|拘留|勾留|暴力団|受刑者|服役囚|事件を"
    ),
    "人種": ETHNIC,
    "社会的身分": "部落|同和|嫡出|婚外子",
    "信条": f"{FAITH}|{BELIEVER}|{PARTY}|宗教|信仰|信条|宗派",
    "健診結果": f"{CHECKUP}|{MEASURE}|高ストレス",
    "障害": f"{DISABILITY}|{HANDBOOK}|障(?:害|がい)(?:支援|等級|年金|者)|{DISABLED}"
    "|が(?:少し)?(?:不自由|聞こえ|見え|動か)|要(?:介護|支援)|を切断|身障|麻痺が?[残あ]|精神(?:手帳)?[1-6一二三]|ペースメーカ|人工(?:肛門|関節|内耳|弁)|ストーマ",
    "病歴": f"{ILLNESS_CUE}|{_HURT}|うつ(?:で|と診断)",
    "診療・調剤": f"{CLINIC}|{CARE}|退院|手術|{DRUG}|カウンセリング|主治医|産業医|診断書|妊娠",
}


class SpecialCareRecognizer(StatementRecognizer):
    """Special-care information; see the module. `kind_of` tells the kind of a match."""

    entity_type: ClassVar[str] = SPECIAL_CARE
    version: ClassVar[str] = "4"
    stated: ClassVar[tuple[tuple[str, str], ...]] = tuple(
        (_CUES[kind], "|".join(phrases)) for kind, phrases in _STATED.items()
    )

    entry: ClassVar[re.Pattern[str] | None] = re.compile(
        r"(?:病歴|既往歴?|持病|現病歴|基礎疾患|傷病名|診断名|病名|要(?:介護|支援)(?:度|認定)?)[はが]?[:=】\]\t ]"
    )

    def states(self, sentence: str, start: int, end: int, named: People) -> bool:
        """Say whether a phrase states something of somebody; a mere illness must be said of one directly."""
        if not asserted(sentence, start, end):
            return False
        return not _ILL.fullmatch(sentence, start, end) or _ails(sentence, start, named)

    def keys(self, value: str) -> tuple[None, None]:
        """Nothing may be joined on special-care information."""
        return None, None


def _ails(sentence: str, start: int, named: People) -> bool:
    """佐藤様はうつ病です, 佐藤様のお母様が認知症で; not 佐藤先生の専門は糖尿病です."""
    return any(_TOPIC.fullmatch(sentence, until, start) for _, until in named) or any(
        _MEANT_TOPIC.fullmatch(sentence, each.end(), start)
        for each in PERSON_WORD.finditer(sentence, 0, start)
    )


def kind_of(text: str, start: int = 0, end: int | None = None) -> str | None:
    """Return the kind of the special-care information that ``text[start:end]`` states (病歴, 信条, …), or None.

    >>> kind_of("窃盗で逮捕された"), kind_of("ﾍﾙﾆｱで入院"), kind_of("山田様より入電")
    ('犯罪歴', '病歴', None)
    """
    end = len(text) if end is None else end
    # What a phrase needs after it may stand outside the span; what ends a sentence is not the end of the text.
    first = max(0, start - _AROUND)
    around, start, end = fold(text[first : end + _AROUND]), start - first, end - first
    around, offsets = condense(around)
    if offsets is not None:
        start, end = bisect_left(offsets, start), bisect_left(offsets, end)
    for kind, phrase in _PHRASES.items():
        if (found := phrase.match(around, start)) and found.end() == end:
            return kind
    return next((kind for kind, phrase in _PHRASES.items() if phrase.search(around[start:end])), None)


_ILL = compiled(ILLNESS)
_KIN = (
    "(?:お|ご|御)?(?:祖父|祖母|両親|[父母]親?|妻|夫|奥|主人|旦那|息子|娘|[兄弟姉妹]|[長次][男女]|子(?:供|ども)?|家族)"
    "(?:様|さま|さん)?"
)
_SINCE_WHEN = (
    "(?:現在|実は|以前から|昔から|長年|生まれつき|重度の|軽度の|軽い|重い|持病の|末期の|初期の|進行性の)?"
)
_TOPIC = compiled(rf"{POLITE}(?:の{_KIN})?(?:本人|自身)?[はがも:][、 ]?{_SINCE_WHEN}")
_MEANT_TOPIC = compiled(rf"(?:の{_KIN})?[はがも]、?{_SINCE_WHEN}")

#: Context that decides of a phrase, in code points.
_AROUND = 20


_PHRASES = {kind: re.compile("|".join(phrases)) for kind, phrases in _STATED.items()}
