"""Brands called like people in lists of goods: ブラウンの電動歯ブラシ, 白石の和菓子 6個入.

Product texts are short, name the maker first and what it made after の. A word is a ware if words used alike, by
the clusters, are: so a hundred of them stand for some thousands.
"""

from __future__ import annotations

import re
from functools import cache

from detectors.names.lexicon import HIRAGANA, KANJI, KATAKANA
from detectors.names.tagger.clusters import cluster

_SEEDS = """
地酒セット 牛カレー 珈琲 味噌 醤油 ビール 日本酒 りんご みかん 米 ラーメン うどん そば 和菓子
詰め合わせ タオル 靴 鞄 財布 腕時計 デニム シャツ ジャケット スニーカー 掃除機 炊飯器 洗剤
シャンプー 化粧水 香水 鉛筆 ノート 椅子 テーブル 自転車 新車 タイヤ カメラ レンズ スマートフォン
イヤホン ドリップバッグ ワイン 紅茶 チョコレート クッキー ソース 缶詰 毛布
洗濯機 冷蔵庫 エアコン 工具 ドリル 歯ブラシ シェーバー 鍋 フライパン 水筒 テント リュック ネクタイ マフラー 手袋
靴下 帽子 コート 眼鏡 サングラス 口紅 石鹸 クリーム 乳液 サプリメント 芳香剤 パン 洋菓子 パスタ ハム 焼酎 豆腐
かまぼこ 海苔 緑茶 生姜 漬物 桃 牛丼 ステーキ ベッド 布団 カーテン 食器 マグカップ 茶碗 包丁 ぬいぐるみ プラモデル
バイク トラクター 万年筆 文房具 テレビ パソコン プリンター 複合機 電池 電球 食洗機 ミシン 家具 器具 花束 弁当
"""
WARES = tuple(_SEEDS.split())
#: A longer line is no entry in a list of goods.
LONGEST = 32

_LINE = re.compile("[\n\r。]")
_WARE = re.compile(
    f"の([{KANJI}{KATAKANA}{HIRAGANA}ー]{{1,14}}?)(?=[^{KANJI}{KATAKANA}{HIRAGANA}ー]|[をがはにへで]|$)"
)


def makes_ware(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` opens a short line and a ware follows it after の."""
    if text[:start].rstrip(" \t")[-1:] not in ("", "\n", "\r") or not text.startswith("の", end):
        return False
    stop = _LINE.search(text, end)
    if (stop.start() if stop else len(text)) - start > LONGEST:
        return False
    ware = _WARE.match(text, end)
    return ware is not None and _is_ware(ware[1])


def _is_ware(word: str) -> bool:
    return any(cluster(word[at:]) in _alike() for at in range(len(word)) if len(word) - at > 1 or not at)


@cache
def _alike() -> frozenset[str]:
    return frozenset(cluster(ware) for ware in WARES) - {""}
