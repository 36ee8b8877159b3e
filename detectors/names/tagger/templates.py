"""Sentences made from templates and `invented` names: records, notices and mail are rare in public."""

from __future__ import annotations

import random
import re
from functools import cache
from importlib.resources import files

from detectors.names.lexicon import KANJI, KATAKANA
from detectors.names.morphology import Tag, tags
from detectors.names.tagger.clusters import words
from detectors.names.tagger.invented import foreign, foreign_piece, person, readings, sinitic, surname
from detectors.names.wares import WARES

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


def sentences(seed: int, rounds: int) -> list[tuple[str, list[Span]]]:
    """Return every template filled `rounds` times: text, not folded, and its spans (start, end, type)."""
    maker = _Maker(random.Random(seed))
    return [maker.fill(line) for _ in range(rounds) for line in _lines()]


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
        return getattr(self, f"_{_METHODS[slot]}")(), _KINDS.get(slot, "")

    def _full(self) -> str:
        return person(self.rng)

    def _spaced(self) -> str:
        return person(self.rng, self.rng.choice(("　", " ", "　", "　　")))

    def _surname(self) -> str:
        return surname(self.rng)

    def _kana(self) -> str:
        return self.rng.choice((" ", "　")).join(
            self.rng.choice(readings(family)) for family in (True, False)
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
        return self.rng.choice(WARES)

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
_KINDS = dict.fromkeys("PGSKFfZ", "PERSON") | dict.fromkeys("OCB", "ORGANIZATION") | {"L": "LOCATION"}
#: Before these a name is part of a place, a house, a company or a brand.
_NO_PERSON = re.compile("[駅町神川賞城銀電学ビ会病流市社]|株式|ブランド")


@cache
def _lines() -> list[str]:
    text = files("detectors.names.tagger").joinpath("templates.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not re.match("#(?!#)", line)]
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines]


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
