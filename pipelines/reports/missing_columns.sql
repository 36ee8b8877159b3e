/*
title: {ja: 設定にあって資産にない列, en: Columns the estate names and assets do not have}
about:
  ja: >-
    estate.yaml の columns、records、keys、quasi、declared、held に書かれた列のうち、検査した資産に見つからないもの。つづりの誤りか、列名が
    変わったものです。その列に頼る報告は正しくありません。複数の資産に当たる指定は、どの資産にもないものだけを示します(台帳は資産ごと)。
  en: >-
    Columns that estate.yaml names (columns, records, keys, quasi, declared, held) and the scanned assets do not have:
    misspelt, or renamed since. What rests on them is not right. Where a rule holds for several assets only what none
    of them has is listed; of registers (records) what any of them lacks.
columns:
  asset: {ja: 資産, en: Asset}
  setting: {ja: 設定, en: Setting}
  field: {ja: 列, en: Column}
  rule: {ja: 指定(match), en: Rule (match)}
identity: [asset, setting, field]
*/
SELECT asset_id AS asset, setting, field, rule FROM missing_column ORDER BY ALL
