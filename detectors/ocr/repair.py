"""Misreadings an OCR engine makes in Japanese print, repaired by their neighbours; the length never changes.

>>> repair("爱知県ー丁目センタ一ビル 第3O9012345620号")
'愛知県一丁目センタービル 第309012345620号'
"""

from __future__ import annotations

import re

from detectors.ocr import mrz

#: Simplified Chinese forms the model (trained on Chinese first) puts for what Japanese print shows. No key is in
#: JIS X 0208 and every value is, so no Japanese text is changed; a test holds the table to that.
_CHINESE = (
    "业东两丽义亚产亲仑仓仪们众优伞伟传侧俭偿关兴冈农冻净减凤刘则刚创剂剑务动劳势华协单卫厅历县发变吕启吴"
    "员响喷团园围图圆圣场块坚坛坟垒处备头奖妇宁实审宪宫宽对导层岁岛巢带庆应庙开张归录总戏战户执扩扫扬报择"
    "挥损换搁摄敌斋时显晓术杂权杨极构枪枫标栋树样桥检樱步每毕汇汉汤沟沪泷泽洁浇测济浓涂涉涡润渔满滨滩灵灾"
    "炼烦热爱爷牺狮猎环现玺电疗疯盐监盘矶础硕确祸离种积秽稳窑竖竞笔简类紧纤约级纪纬纯纱纲纳纵纸纹线练组细"
    "织终绍经结绘给络绝统绢继绩绪绫续维绵绿缓编缘缝缩罗罚罢翘耸职联聪肃肠肾胜脏脑腾舰艺节苍苏茧荞荣荫药莲"
    "获莺萝萤营萨蓝蔷虏虑蚁蜡补袭见规视览觉誊计订认讨让训记讲许论讼设访诀证评识诉诊词译试诗诚话详语误说请"
    "诸读课谁调谈谊谋谕谢谦谨谱贝贞负财责贤败货质贩贫购贮贯贴贵贷贸费贺资赏赖赞赠赵趋跃车轨轩转轮软轰轴轻"
    "载较辅辆辈辉辑输辖边达迁过运还进远违连迟选递逻遗邮邻郑酱酿释鉴针钉钓钟钢钱钵铁铃铅铜铭银铸铺锁锅锋锐"
    "错锡锦锭键锻镇镜镰长门闭问闲间闷闸闻阀阁阅阔队阳阴阵阶际陆陈险隐难雏雾霁韩页顶项顺须顽顾颂预领频颖颗"
    "题颜额风飞飨饥饭饮饰饱饲饼馆马驰驱驹驻驾骄验骏骑骚鱼鲁鲇鲛鲜鲤鲸鳄鸟鸡鸣鸭鸿鹃鹅鹤鹰黑齐齿龙龟"
)
_JAPANESE = (
    "業東両麗義亜産親侖倉儀們衆優傘偉伝側倹償関興岡農凍浄減鳳劉則剛創剤剣務動労勢華協単衛庁歴県発変呂啓呉"
    "員響噴団園囲図円聖場塊堅壇墳塁処備頭奨婦寧実審憲宮寛対導層歳島巣帯慶応廟開張帰録総戯戦戸執拡掃揚報択"
    "揮損換擱摂敵斎時顕暁術雑権楊極構槍楓標棟樹様橋検桜歩毎畢彙漢湯溝滬滝沢潔澆測済濃塗渉渦潤漁満浜灘霊災"
    "煉煩熱愛爺犠獅猟環現璽電療瘋塩監盤磯礎碩確禍離種積穢穏窯豎競筆簡類緊繊約級紀緯純紗綱納縦紙紋線練組細"
    "織終紹経結絵給絡絶統絹継績緒綾続維綿緑緩編縁縫縮羅罰罷翹聳職聯聡粛腸腎勝臓脳騰艦芸節蒼蘇繭蕎栄蔭薬蓮"
    "獲鶯蘿蛍営薩藍薔虜慮蟻蝋補襲見規視覧覚謄計訂認討譲訓記講許論訟設訪訣証評識訴診詞訳試詩誠話詳語誤説請"
    "諸読課誰調談誼謀諭謝謙謹譜貝貞負財責賢敗貨質販貧購貯貫貼貴貸貿費賀資賞頼賛贈趙趨躍車軌軒転輪軟轟軸軽"
    "載較輔輌輩輝輯輸轄辺達遷過運還進遠違連遅選逓邏遺郵隣鄭醤醸釈鑑針釘釣鐘鋼銭鉢鉄鈴鉛銅銘銀鋳舗鎖鍋鋒鋭"
    "錯錫錦錠鍵鍛鎮鏡鎌長門閉問閑間悶閘聞閥閣閲闊隊陽陰陣階際陸陳険隠難雛霧霽韓頁頂項順須頑顧頌預領頻穎顆"
    "題顔額風飛饗飢飯飲飾飽飼餅館馬馳駆駒駐駕驕験駿騎騒魚魯鮎鮫鮮鯉鯨鰐鳥鶏鳴鴨鴻鵑鵝鶴鷹黒斉歯竜亀"
)
SIMPLIFIED = dict(zip(_CHINESE, _JAPANESE, strict=True))
_TO_JAPANESE = str.maketrans(SIMPLIFIED)
#: 个 is a Japanese character too, but not before 人: 个人番号.
_PERSONAL = re.compile("个(?=人)")
#: 力 is strength, カ the first sound of カード.
_CARD = re.compile("力[ー一—]ド")
#: 入力, but not 購入カード.
_ENTER = re.compile(r"(?<=入)カ(?![ァ-ヺー一—])")

_KANJI = r"\u4E00-\u9FFF々〇"
_KATAKANA = r"ァ-ヺ"
#: The kanji 一 (also the dash —) after katakana, where no counter follows: a prolonged sound.
_SOUND = re.compile(rf"(?<=[{_KATAKANA}])[一—](?![丁番号条階])")
#: A prolonged sound mark where only a kanji can stand: before a counter, or between two kanji.
_ONE = re.compile(
    rf"(?<![{_KATAKANA}ー0-9０-９])ー(?=丁目|番町|条)"
    rf"|(?<=ー)ー(?=[丁番号条階棟])|(?<=[{_KANJI}])ー(?=[{_KANJI}])"
)
#: Eight or more characters that would be a number but for a letter that looks like a digit.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])[0-9OoQDIl|BSZ〇][0-9OoQDIl|BSZ〇\- ]{6,}[0-9OoQDIl|BSZ〇](?![A-Za-z0-9])"
)
_LOOKALIKES = str.maketrans("OoQDIl|BSZ〇", "00001118520")
#: Fewer symbols may be a member's or student's number, whose letters are meant.
_LONG = 10
_SURE_LOOKALIKES = str.maketrans("Oo|〇", "0010")
#: Two letters, eight digits, two letters, as far as they were read so.
_RESIDENT = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]{2}[0-9]{8}[A-Z0-9]{2}(?![A-Za-z0-9])")
_TO_LETTERS = str.maketrans("01258", "OIZSB")
#: So much of a number must have been read as digits.
_SURE = 0.75


def repair(text: str) -> str:
    """Return `text` with ー/一, Chinese forms and letters in numbers put right, code point for code point."""
    if (zone := mrz.mended(text)) != text:
        return zone
    text = _PERSONAL.sub("個", text.translate(_TO_JAPANESE))
    text = _ENTER.sub("力", _CARD.sub("カード", text))
    text = _SOUND.sub("ー", text)
    text = _ONE.sub("一", text)
    return _RESIDENT.sub(_ends_in_letters, _NUMBER.sub(_digits, text))


def _ends_in_letters(match: re.Match[str]) -> str:
    """Put one digit among the four letters of a residence card's number right; with more it is none."""
    text = match[0]
    mended = text[:2].translate(_TO_LETTERS) + text[2:10] + text[10:].translate(_TO_LETTERS)
    wrong = sum(a != b for a, b in zip(text, mended, strict=True))
    return mended if wrong == 1 and (mended[:2] + mended[10:]).isalpha() else text


def _digits(match: re.Match[str]) -> str:
    text = match[0]
    symbols = [char for char in text if char not in "- "]
    if sum(char.isdigit() for char in symbols) < _SURE * len(symbols):
        return text
    return text.translate(_LOOKALIKES if len(symbols) >= _LONG else _SURE_LOOKALIKES)
