"""Sentences made from templates, names drawn from the dictionaries: records, notices and mail are rare in public.

Names come from japanese-personal-name-dataset by frequency, from Sudachi's dictionary, and from nowhere: kanji
that surnames and given names are made of, put together anew, so that the tagger learns from what stands beside.
"""

from __future__ import annotations

import random
import re
from functools import cache
from importlib.resources import files

from detectors.names import gazetteer
from detectors.names.gazetteer import surnames
from detectors.names.lexicon import KANJI, KATAKANA
from detectors.names.morphology import Tag, tags
from detectors.names.sinitic import SINITIC
from detectors.names.tagger.clusters import words

Span = tuple[int, int, str]

_SLOT = re.compile(r"\{(\w)\}")


def _words(text: str) -> list[str]:
    return text.split()


_RANKS = _words(
    """
    社長 副社長 会長 専務 常務 部長 次長 課長 係長 執行役員 本部長 支店長 監査役 理事長 室長 参事官 審議官
    """
)
_DEPARTMENTS = _words(
    """
    営業部 総務部 経理部 人事部 企画部 開発部 管理部 法務部 製造部 品質保証部 情報システム部 経営企画室 海外事業部
    営業本部 財務部 広報部 購買部 技術本部 お客様センター 大臣官房総務課 生産技術部 統括官付 物流課 秘書室
    """
)
_NOUNS = _words(
    """
    新商品 見積書 請求書 契約 サービス システム 機器 部品 販売 資料 工事 納品 会議 事業 計画 製品 発表 調査 研究
    食品 衣料 住宅 電子部品 半導体 化粧品 医薬品 自動車 ソフトウェア コンサルティング 保守 点検 修理 配送 予約
    キャンペーン アプリ データ クラウド プラットフォーム 環境 地域 教育 不動産 青空 みらい 未来 希望 光 大地
    """
)
_WARES = _words(
    """
    地酒セット 牛カレー 珈琲 味噌 醤油 ビール 日本酒 りんご みかん 米 ラーメン うどん そば 和菓子
    詰め合わせ タオル 靴 鞄 財布 腕時計 デニム シャツ ジャケット スニーカー 掃除機 炊飯器 洗剤
    シャンプー 化粧水 香水 鉛筆 ノート 椅子 テーブル 自転車 新車 タイヤ カメラ レンズ スマートフォン
    イヤホン ドリップバッグ ワイン 紅茶 チョコレート クッキー ソース 缶詰 毛布
    """
)
_COMPANY_ENDS = _words(
    """
    製薬 工業 産業 商事 商店 建設 電機 運輸 自動車 製作所 食品 化学 印刷 書店 銀行 証券 病院 医院 クリニック 学園
    大学 ホールディングス 株式会社 工務店 組 設計事務所 法律事務所 酒造 不動産 水産 鉄工所 物産 興業 電気
    """
)
_LEGAL = _words(
    """
    株式会社 有限会社 合同会社 一般社団法人 学校法人 医療法人 社会福祉法人
    """
)
_CALLINGS = _words(
    """
    漫画家 俳優 女優 歌手 作家 小説家 詩人 画家 彫刻家 写真家 音楽家 作曲家 作詞家 指揮者 ピアニスト
    ギタリスト 声優 タレント アイドル 芸人 落語家 監督 映画監督 脚本家 演出家 政治家 外交官 官僚 弁護士
    実業家 経営者 技術者 科学者 物理学者 化学者 数学者 医師 医学者 経済学者 哲学者 思想家 歴史学者 教育者
    僧侶 牧師 神学者 武将 大名 公家 皇族 国王 皇帝 軍人 騎士 力士 棋士 野球選手 サッカー選手 プロレスラー
    ボクサー 陸上競技選手 騎手 冒険家 建築家 評論家 記者 ジャーナリスト アナウンサー プログラマー デザイナー
    モデル 料理人 陶芸家 書家 登場人物 主人公
    """
)
_COUNTRIES = _words(
    """
    日本 アメリカ合衆国 アメリカ イギリス フランス ドイツ イタリア スペイン ロシア 中国 韓国 台湾 オランダ
    ポーランド スウェーデン オーストリア ブラジル アルゼンチン カナダ インド
    """
)
#: Kanji Chinese and Korean given names are made of.
_SINITIC_GIVEN = (
    "明小偉芳娜敏静麗強磊軍洋勇艶傑娟濤超秀英華文玉建国志平海永春紅梅琳雪佳怡俊宇浩博哲賢在成珍淑貞熙恩智賢宰錫相"
    "炳東赫泰勲承煥善美京鎬基植順子玲蘭麟沢徳中大正日"
)
#: Share of surnames and given names in no dictionary, and of rare ones; of foreign names in no dictionary.
UNHEARD, RARE, UNHEARD_FOREIGN = 0.18, 0.38, 0.35


def sentences(seed: int, rounds: int) -> list[tuple[str, list[Span]]]:
    """Return every template filled `rounds` times: text, not folded, and its spans (start, end, type)."""
    maker = _Maker(random.Random(seed))
    return [maker.fill(line) for _ in range(rounds) for line in _lines()]


def person(rng: random.Random, gap: str = "") -> str:
    """Return a Japanese name in full that nobody need bear."""
    return surname(rng) + gap + given(rng)


def surname(rng: random.Random) -> str:
    """Return a surname: by frequency, rare, or unheard of."""
    chance = rng.random()
    if chance < UNHEARD:
        first, last = _edges(tuple(surnames()))
        return rng.choice(first) + rng.choice(last)
    if chance < RARE:
        return rng.choice(_rare_surnames())
    names, counts = _counted()
    return rng.choices(names, cum_weights=counts)[0]


def given(rng: random.Random) -> str:
    """Return a given name of the dictionary, or one in its manner."""
    if rng.random() < UNHEARD:
        first, last = _edges(_givens())
        return rng.choice(first) + rng.choice(last)
    return rng.choice(_givens())


def foreign(rng: random.Random) -> str:
    """Return a foreign name in katakana, pieces joined by ・."""
    return "・".join(foreign_piece(rng) for _ in range(rng.choice((2, 2, 2, 3))))


def foreign_piece(rng: random.Random) -> str:
    """Return one piece of a foreign name; now and then head and tail of two of them (no dictionary knows it)."""
    pieces = foreign_pieces()
    if rng.random() < UNHEARD_FOREIGN:
        head, tail = rng.choice(pieces), rng.choice(pieces)
        made = head[: len(head) // 2 + 1] + tail[(len(tail) + 1) // 2 :].lstrip("ァィゥェォャュョッーン")
        if len(made) > 2 and not tags(made):
            return made
    return rng.choice(pieces)


def sinitic(rng: random.Random, gap: str = "") -> str:
    """Return a Chinese or Korean name in kanji."""
    own = "".join(rng.sample(_SINITIC_GIVEN, rng.choice((1, 2, 2, 2))))
    return rng.choice(sorted(SINITIC)) + gap + own


class _Maker:
    """Fills the slots of one template after the other."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def fill(self, line: str) -> tuple[str, list[Span]]:
        made, spans, at = "", [], 0
        line = re.sub("␣", lambda _: self.rng.choice(("　", "　　", " ", "　")), line)
        for slot in _SLOT.finditer(line):
            made += line[at : slot.start()]
            at = slot.end()
            text, kind = self.value(slot[1], line[at : at + 4])
            if kind:
                spans.append((len(made), len(made) + len(text), kind))
            made += text
        return made + line[at:], spans

    def value(self, slot: str, after: str) -> tuple[str, str]:
        rng = self.rng
        if slot == "S" and _NO_PERSON.match(after):
            return surname(rng), "LOCATION"
        if slot == "f" and _NO_PERSON.match(after):
            return foreign_piece(rng), "ORGANIZATION"
        kinds = {"P": "PERSON", "G": "PERSON", "S": "PERSON", "K": "PERSON", "F": "PERSON", "f": "PERSON"}
        kinds |= {
            "O": "ORGANIZATION",
            "C": "ORGANIZATION",
            "L": "LOCATION",
            "Z": "PERSON",
            "B": "ORGANIZATION",
        }
        return getattr(self, f"_{_METHODS[slot]}")(), kinds.get(slot, "")

    def _full(self) -> str:
        return person(self.rng)

    def _spaced(self) -> str:
        return person(self.rng, self.rng.choice(("　", " ", "　", "　　")))

    def _surname(self) -> str:
        return surname(self.rng)

    def _kana(self) -> str:
        return (
            self.rng.choice(_readings(True))
            + self.rng.choice((" ", "　"))
            + self.rng.choice(_readings(False))
        )

    def _foreign(self) -> str:
        return foreign(self.rng)

    def _piece(self) -> str:
        return foreign_piece(self.rng)

    def _sinitic(self) -> str:
        return sinitic(self.rng, self.rng.choice(("", "", "", " ", "　")))

    def _brand(self) -> str:
        return self.rng.choice(_brands())

    def _namesake(self) -> str:
        """A brand called like a person."""
        return self.rng.choice((foreign_piece, foreign_piece, foreign, surname))(self.rng)

    def _ware(self) -> str:
        return self.rng.choice(_WARES)

    def _calling(self) -> str:
        return self.rng.choice(_CALLINGS)

    def _country(self) -> str:
        return self.rng.choice(_COUNTRIES)

    def _organisation(self) -> str:
        core = self.rng.choice((*_companies(), *_NOUNS)) + self.rng.choice(("", "", *_COMPANY_ENDS))
        return self.rng.choice((core, self.rng.choice(_LEGAL) + core, core + "株式会社"))

    def _company(self) -> str:
        core = surname(self.rng) + self.rng.choice(_COMPANY_ENDS)
        return self.rng.choice((core, core, self.rng.choice(_LEGAL) + core))

    def _place(self) -> str:
        return self.rng.choice(_places())

    def _rank(self) -> str:
        return self.rng.choice(_RANKS)

    def _department(self) -> str:
        return self.rng.choice(_DEPARTMENTS)

    def _date(self) -> str:
        rng = self.rng
        month, day, year = rng.randint(1, 12), rng.randint(1, 28), rng.randint(1935, 2024)
        era = f"{rng.choice(('昭和', '平成'))}{rng.randint(1, 30)}年"
        return (
            f"{rng.choice((f'{year}年', era))}{month}月{day}日"
            if rng.random() < 0.8
            else f"{year}/{month}/{day}"
        )

    def _year(self) -> str:
        return str(self.rng.randint(1950, 2026))

    def _number(self) -> str:
        return str(self.rng.choice((self.rng.randint(1, 99), self.rng.randint(100, 99999))))

    def _telephone(self) -> str:
        return f"0{self.rng.randint(3, 90)}-{self.rng.randint(100, 9999)}-{self.rng.randint(1000, 9999)}"

    def _noun(self) -> str:
        return self.rng.choice(_NOUNS)


_METHODS = {
    "P": "full", "G": "spaced", "S": "surname", "s": "surname", "K": "kana", "F": "foreign", "f": "piece",
    "O": "organisation", "C": "company", "L": "place", "r": "rank", "d": "department",
    "D": "date", "Y": "year", "n": "number", "t": "telephone", "w": "noun",
    "Z": "sinitic", "B": "brand", "j": "calling", "c": "country", "b": "namesake", "x": "ware",
}  # fmt: skip
#: Before these a name is part of a place, a house, a company or a brand.
_NO_PERSON = re.compile("[駅町神川賞城銀電学ビ会病流市社]|株式|ブランド")


@cache
def _lines() -> list[str]:
    text = files("detectors.names.tagger").joinpath("templates.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not re.match("#(?!#)", line)]
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines]


@cache
def _counted() -> tuple[list[str], list[int]]:
    names = sorted(surnames())
    total, sums = 0, []
    for name in names:
        # The root keeps the frequent ones from filling every sentence.
        total += int(surnames()[name] ** 0.5) + 1
        sums.append(total)
    return names, sums


@cache
def _givens() -> tuple[str, ...]:
    return tuple(
        sorted(
            name for name in gazetteer.given_names() if re.fullmatch(f"[{KANJI}]{{1,3}}|[ぁ-ん]{{2,4}}", name)
        )
    )


@cache
def _edges(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    two = sorted(name for name in names if re.fullmatch(f"[{KANJI}]{{2}}", name))
    return [name[0] for name in two], [name[1] for name in two]


@cache
def _rare_surnames() -> list[str]:
    return [
        word
        for word in words()
        if re.fullmatch(f"[{KANJI}]{{2,3}}", word) and Tag.SURNAME in tags(word) and word not in surnames()
    ]


@cache
def foreign_pieces() -> list[str]:
    """Return katakana words the dictionary knows as names of people and nothing else."""
    people = {Tag.NAME, Tag.GIVEN, Tag.SURNAME}
    return [
        word
        for word in words()
        if re.fullmatch(f"[{KATAKANA}]{{2,8}}", word) and tags(word) and tags(word) <= people
    ]


@cache
def _companies() -> list[str]:
    return [word for word in words() if len(word) > 2 and tags(word) == {Tag.PROPER}]


@cache
def _brands() -> list[str]:
    return [
        word for word in words() if re.fullmatch(f"[{KATAKANA}]{{3,8}}", word) and tags(word) == {Tag.PROPER}
    ]


@cache
def _places() -> list[str]:
    return [word for word in words() if re.fullmatch(f"[{KANJI}]{{2,3}}", word) and Tag.PLACE in tags(word)]


@cache
def _readings(family: bool) -> list[str]:
    names = gazetteer.kana_surnames() if family else gazetteer.kana_given_names()
    return [gazetteer.katakana(name) for name in sorted(names)]
