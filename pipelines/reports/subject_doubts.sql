/*
title: {ja: 本人と結び付けなかった識別子, en: Identifiers that link nobody}
about:
  ja: 多くの氏名に共通する電話番号など、または誰のものか決まらない会員番号。これらでは記録を結び付けません。
  en: Numbers and addresses too many names share, and member numbers of which nobody is the owner. They are no links.
identity: [key, entity_type]
measure: names
columns:
  reason: {ja: 理由, en: Reason, words: doubt}
  entity_type: {ja: 種別, en: Type, words: entity}
  key: {ja: キー, en: Key}
  names: {ja: 異なる氏名, en: Different names}
  records: {ja: 記録, en: Records}
*/
SELECT reason, entity_type, short_key(value_key) AS key, names, records
FROM subject_doubt ORDER BY names DESC, records DESC, key
