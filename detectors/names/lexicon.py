"""The words that stand beside names: labels, honorifics, titles, and the endings that make a name something else.

All patterns are for folded text and anchored by their user: `LABEL` ends where a name may begin,
`HONORIFIC`, `TITLE` and `NOT_A_PERSON` begin where a name ends. Linear time: no nested repetition.
"""

from __future__ import annotations

import re
from functools import lru_cache

import re2

from detectors.ahead import compiled

KANJI = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆\U00020000-\U0003134f"
HIRAGANA = "ぁ-ゖゝゞ"
KATAKANA = "ァ-ヺーヽヾ"
#: Single kanji that stand before a name without being part of it.
BEFORE_NAMES = frozenset("元前新故現兼旧亡妻夫父母兄弟姉妹娘息氏様君者人員士家師長官手役女男")
#: What stands round a name without being part of it.
EDGE = " \t\r\n　・、。,.:()「」|'\"㊞"
ANY_KANJI = re.compile(f"[{KANJI}]")
KANJI_RUN = re.compile(f"[{KANJI}ヶケ]+")
KATAKANA_RUN = re.compile(f"[{KATAKANA}]+")
HIRAGANA_RUN = re.compile(f"[{HIRAGANA}ー]+")
KANA_RUN = re.compile(f"[{HIRAGANA}{KATAKANA}]+")


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the stretch of `text` without what stands round a name (`EDGE`); the point of an initial stays."""
    while start < end and text[start] in EDGE:
        start += 1
    while start < end and text[end - 1] in EDGE and not (text[end - 1] == "." and text[end - 2].isupper()):
        end -= 1
    return start, end


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any(text: str) -> str:
    """Alternation of the words of `text`, longest first."""
    return "|".join(sorted(_words(text), key=lambda word: (-len(word), word)))


#: What is called by a name and follows it. Words that only look like one (同様, 神殿, 君主) are excluded by
#: what stands around them.
_HONORIFIC = (
    "様(?![々式子相態性])|さま(?![ァ-ヺ])|さん(?!橋)|氏(?![名神族])|殿(?<![宮神御拝本社]殿)(?![堂下])|先生|くん"
    "|君(?![主臨子津塚ヶ])|ちゃん(?!ぽん|こ鍋)|嬢(?!王)|女史|Sama|sama|-san(?![a-z])|san(?![a-z])"
)
HONORIFIC = compiled(f" ?(?:{_HONORIFIC})")

_COMPANY_RANKS = """
取締役 代表取締役 社長 副社長 元社長 会長 副会長 専務 常務 執行役員 監査役 部長 副部長 次長 本部長 課長 係長
部長代理 課長代理 課長補佐 室長代理 支部長 組合長 相談役 参与 参事 主事 専門官 評議員 座長 副座長 副委員長 部会長
リーダー マネージャー マネジャー 先輩 室長 主任 主査 主幹 班長 所長 店長 支店長 支配人 工場長 理事 理事長
事務局長 署長 駅長 総裁 船長 艦長 機長 団長 隊長 監事 頭取 副頭取
社外取締役 社外監査役 常務取締役 専務取締役 代表取締役社長 代表取締役会長 常務執行役員 専務執行役員
最高経営責任者 最高財務責任者 チーフ ディレクター プロデューサー
"""
_CALLINGS = """
院長 園長 校長 教頭 学長 総長 教授 准教授 助教授 名誉教授 特任教授 客員教授 講師 教諭 助教 博士 医師 弁護士
税理士 司法書士 行政書士 会計士 社労士 看護師 薬剤師 判事 検事 警部 刑事 巡査 記者 編集長 アナウンサー
キャスター 牧師 神父 司教 枢機卿 上人 和尚 法師 師匠 家元 棋士 騎手 名人 竜王
"""
_OFFICES = """
代議士 都議 県議 市議 町議 区議
議員 衆院議員 参院議員 衆議院議員 参議院議員 大臣 副大臣 首相 元首相 前首相 大統領 副大統領 総統 総理 長官 次官
議長 党首 書記長 委員長 幹事長 主席 市長 町長 村長 区長 知事 大使 公使 提督 元帥 大将 中将 少将 大佐 中佐
少佐 大尉 中尉 少尉 曹長 軍曹 将軍 官房長官 国務長官 国防長官 財務長官 政調会長 総務会長 国対委員長 外相 蔵相
法相 財務相 総務相 文科相 厚労相 農相 農水相 経産相 国交相 環境相 防衛相 外務大臣 財務大臣 総務大臣 法務大臣
総書記 第一書記 報道官 特使 補佐官 駐日大使
文部科学大臣 厚生労働大臣 農林水産大臣 経済産業大臣 国土交通大臣 環境大臣 防衛大臣 外務副大臣 財務副大臣 防衛庁長官
"""
_FAME = """
監督 コーチ 選手 投手 捕手 内野手 外野手 遊撃手 一塁手 二塁手 三塁手 左翼手 右翼手 中堅手 主将 横綱 大関
関脇 容疑者 被告 受刑者 死刑囚 夫妻 夫人 兄弟 姉妹 親子 大帝 親王 内親王 王子 王女 皇子 皇女 侯爵 伯爵 子爵
男爵 公爵 卿 女王 殿下 陛下 閣下
"""
#: One alternative each: behind a group `re` does not know the letters a match may begin with, and skips nothing.
_LATIN_RANKS = "|".join(
    f"{rank}(?![A-Za-z0-9])" for rank in ("PM", "PL", "GL", "GM", "TL", "SV", "MGR", "Mgr")
)
#: Ranks, offices and callings that follow a name, with or without a space.
_TITLE = (
    f"{_any(_COMPANY_RANKS + _CALLINGS + _OFFICES + _FAME + ' 一段 二段 三段 四段 五段 六段 七段 八段 九段')}"
    "|代表(?=[はがもにをの、。)」 ]|$)|委員(?![会長])|候補(?![者地生日])"
    # At whose house: not 自宅, 住宅, 三宅.
    "|宅(?<![自在住社帰邸拙御貴客方者親隣人三大安]宅)(?![配地急建])"
    f"|G長|{_LATIN_RANKS}"
)
TITLE = compiled(f" ?(?:{_TITLE})")
#: Ranks in a row, glued to the name behind them: 代表取締役社長錨.
RANKS = compiled(f"(?:代表)?(?:{_TITLE})+(?=.)")
#: Offices that stand as often beside a place (千葉市長, 福井支店長): no evidence for a name that is a place too.
_LOCAL = """
市長 町長 村長 区長 県知事 府知事 都知事 知事 支店長 支部長 組合長 支配人 店長 所長 園長 院長 校長 学長 署長
駅長 工場長
"""
PLACE_OFFICE = compiled(f" ?(?:{_any(_LOCAL)})")
#: Ranks before which a single rare kanji may still be a surname.
COMPANY_RANK = compiled(f" ?(?:{_any('部長 本部長 次長 副部長 課長 係長 室長 主任 専務 常務 社長')})")
#: A family by its surname.
FAMILY = re.compile("家(?=[はがのをにとも、。])")
#: What a speaker says after the own name.
CALLS_ITSELF = re.compile("と(?:申し|もうし|言い|いい)ます|と申す")
#: Any of them, without the space before it: every alternative begins with a letter, by which `re` skips ahead.
ADDRESS = re.compile(f"{_HONORIFIC}|{CALLS_ITSELF.pattern}|{_TITLE}")

_OF = "(?:様|名|氏名|者名)?"
_PARTIES = """
担当 担当者 担当医 契約者 注文者 注文主 依頼人 依頼主 依頼者 申込者 申込人 申し込み者 購入者 利用者 受取人
届け先 届先 送り主 送主 荷送人 荷受人 差出人 世帯主 保護者 連帯保証人 保証人 申請者 申請人 届出者 届出人
名義 名義人 口座名義 口座名義人 代表者 責任者 連絡者 記入者 作成者 承認者 確認者 発注者 受注者 受付者 対応者
報告者 訪問者 来訪者 被保険者 患者 応募者 候補者 参加者 出席者 欠席者 本人 配偶者 故人 喪主 会員 議員 委員 役員
講師 記録者 発表者 発信者 送信者 受信者 立会人 立会者 面談者 面接者 相談者 通報者 引継者 後任 後任者 前任 前任者
発言者 質問者 回答者 提案者 賛成者 推薦者 講演者 登壇者 説明者 発起人 立案者 幹事 司会 司会者 進行 書記 当番 欠席
議事録作成 議事録 聞き手 主治医 執刀医 監修 著者 訳者 翻訳者 筆者 文責 原作 作画 脚本 演出 作詞 作曲 主演
"""
#: Only with a word for "name": without it they stand before anything.
_HOLDERS = "会員 顧客 お客様 生徒 児童 学生 社員 従業員 職員 家族 保護者 代表者 担当者 患者 議員 委員 役員"
_NAMES = """
氏名 ご氏名 御氏名 旧姓 旧氏 通称名 本名 名前 お名前 芳名 ご芳名 御芳名 姓名 宛名 あて名 宛先 署名
氏名カナ 名前カナ カナ氏名 カナ フリガナ ふりがな 氏名かな 名前かな Name name NAME
"""
# Every alternative begins with a letter, by which `re` skips ahead: five times as fast.
_WHO = "|".join(
    (
        _any(_NAMES),
        *(f"{polite}(?:{_any(_PARTIES)}){_OF}" for polite in ("ご", "御", "お")),
        *(f"{party}{_OF}" for party in _any(_PARTIES).split("|")),
        *(f"{holder}(?:氏名|名)" for holder in _any(_HOLDERS).split("|")),
    )
)
#: What a form calls whoever it asks for.
WHO = f"(?:{_WHO})"
_RANK = (
    f"(?:{_any(_COMPANY_RANKS + _CALLINGS + ' 監督 議長 議員 首相 大臣 総理 大統領')}"
    "|代表取締役(?:社長|会長|副社長|専務)|代表(?:社員|理事|者|執行役))"
)
#: A label of a form (氏名：, 担当者 ), whatever the name looks like.
LABEL = re.compile(rf"{WHO}(?:\([^()\n]{{0,8}}\))? ?(?:[:=|\t]|は、| (?= )|[\]】》>]:?)[ \t]*")
#: A label or a rank close before a name we already believe in (担当の, 社長 , 弊社).
_BEFORE = re2.compile(
    rf"(?:{WHO}(?:は|が|の|、)?|{_RANK}(?:の|・)?|(?:弊社|当社|当方|私|わたくし)(?:の|、)?|拝啓、?)[ :\t]*\n?$"
)


#: What a label or a rank ends with, and what may stand behind it.
_LAST = frozenset(
    word[-1] for words in (_PARTIES, _HOLDERS, _NAMES, _COMPANY_RANKS, _CALLINGS) for word in words.split()
) | frozenset("様名督長員相臣理領者役社方私し啓")
#: What joins them to the name.
_PARTICLES = frozenset("のはが、・")


def is_introduced(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` ends with a label or a rank."""
    before = text[start:end]
    last = before.rstrip(" :\t\n")[-2:]
    if not last or (last[-1] not in _LAST and (last[-1] not in _PARTICLES or last[0] not in _LAST)):
        return False
    return _introduces(before)


@lru_cache(maxsize=4_096)
def _introduces(before: str) -> bool:
    return _BEFORE.search(before) is not None


#: A rank that opens a cell or a line, before the name: 代表取締役社長　山本.
RANK = re.compile(rf"{_RANK}(?:[:\t]|(?= )) *")

#: What a text needs for `LABEL` or `RANK` (RE2).
LABELLED = rf"{WHO}(?:\(| ?[:=|\t\]】》>]|は、|  )|{_RANK}[:\t ]"

#: 氏名かな first in a record whose heading is the name in kanji: a property of a person already found, not one
#: more mention.
GLOSS = re.compile(
    f"#[ \\t]?[{KANJI}]{{1,5}} ?[{KANJI}{HIRAGANA}]{{1,5}}[ \\t]?[\\r\\n]{{1,4}}[-*・ ]{{0,3}}"
    "(?:氏名|名前)かな ?: ?$"
)

#: Words that make the next one a company: 株式会社スミス.
COMPANY_BEFORE = re.compile(r"(?:会社|法人|組合|\((?:株|有|同|資|医|社|財|学|福|宗)\)|㈱|㈲) ?$")

_ORGANISATIONS = """
株式 有限 合同 合資 会社 製薬 薬品 工業 工務店 産業 物産 商事 商会 商店 商業 興業 建設 建築 設計 運輸 運送
通運 交通 観光 自動車 電機 電器 電気 電工 電力 鉄道 鉄工 製作所 製造 製鉄 製鋼 製紙 製菓 製粉 製麺 醸造 酒造
食品 水産 畜産 農園 農場 牧場 化学 化成 紡績 繊維 印刷 出版 書店 書房 書院 新聞 放送 銀行 信用 証券 生命
損保 保険 不動産 地所 住宅 住建 ハウス ホーム ビル マンション ホテル 旅館 病院 医院 内科 外科 眼科 歯科 整形
診療所 薬局 クリニック 大学 学園 学院 学校 高校 高等 中学 小学 幼稚 保育 塾 教室 道場 財団 協会 連盟 連合
研究 事務所 御中 支店 支社 営業所 工場 出張所 本店 本社 内閣 政権 藩 氏族 一族 一門
"""
_PLACES = """
神社 神宮 大社 教会 駅 港 空港 町 村 郡 県 府 州 岳 湖 湾 島 半島 盆地 平野 峠 温泉 海岸 街道 通り 資料館
図書 文庫 文学 会館 記念 美術 博物 公園 球場 競馬 競技 スタジアム ドーム 邸 塚 古墳 遺跡
"""
_THINGS = "賞 杯 カップ 錦 事件 方式 効果 予想 定理 係数 塗 漬"
_BEFORE_PARTICLE = "(?=[のはがを、。])"
_AT_THE_END = "(?![^ 、。のはがを])"
#: What a company, a bank, a school is called behind its name: no first half of a person's.
ORGANISATION = _any(
    "製薬 薬品 工業 工務店 産業 物産 商事 商会 商店 興業 建設 電機 電器 製作所 食品 化学 銀行 書店 大学 高校 病院"
)
#: What makes the word before it an organisation, a place, a product or an event.
NOT_A_PERSON = compiled(
    f"{_any(_ORGANISATIONS + _PLACES + _THINGS)}|市(?!長)|区(?!長)|[組寺城館流派焼]{_AT_THE_END}"
    f"|[川山線像展法牛米茶弁]{_BEFORE_PARTICLE}"
)

#: Kanji that are given names and, glued to a surname, far oftener make it a place, a house or a thing.
NOT_GIVEN = _words(
    """
    城 錦 寺 組 家 丸 流 領 章 堂 国 町 村 岳 岬 島 橋 川 山 池 駅 湖 湾 谷 坂 原 路 道 方 氏 派 藩 党 軍 店
    館 宮 殿 社 会 間 行 大 中 下 上 前 後 長 米 舟 江 音 時代 宗家 源氏 平氏 氏族 両氏 北 南 東 西 港 里 野 森
    林 沢 崎 浜 台 門 塚 本 新 元 内 外 姓 性 君 様
    """
)
#: Things that read like surname and given name.
PRODUCTS = _words(
    "山田錦 佐藤錦 五百万石 大丸有 高島屋 松坂屋 秋田魁 三井住友 永谷園 伊藤園 虎屋 源氏 平氏 嵯峨源氏 清和源氏"
)
#: What somebody is to the household, before the given name alone: 長男 大翔. 孫 and 子 are surnames, too.
KIN = _words(
    """
    長男 次男 二男 三男 四男 長女 次女 二女 三女 四女 息子 娘 養子 妻 夫 配偶者 父 母 父親 母親 祖父 祖母 義父 義母
    兄 姉 弟 妹
    """
)
#: Words before さん, 様, 君 … that are nobody in particular.
NOBODY = _words(
    """
    皆 皆々 客 お客 得意 お得意 神 仏 王 奥 嬢 若 殿 同 仕 多 模 有 異 一 何 各 新 前 元 故 現 全 別 両 人
    他 外 貴 諸 我 上 下 左 右 中 母 父 兄 姉 お母 お父 お兄 お姉 叔父 伯父 叔母 伯母 祖父 祖母 お子 子 赤
    医者 お医者 看護師 患者 店員 社員 職員 業者 大家 本 隣 娘 息子 旦那 主人 嫁 孫 親御 利用者 担当者 関係者
    会員 株主 得意先 取引先 オーナー ユーザー ドライバー スタッフ メーカー 家族 被保険者 保護者 世帯主
    契約者 申請者 本人 相手 先方 諸君 源 平 彼 摂 某 セ 無職 氏 誰 どなた どちら みな みんな おじ おば うし
    わん にゃん 宗 公 武 内 準 坊 鎌倉 摂政 関白
    """
)
