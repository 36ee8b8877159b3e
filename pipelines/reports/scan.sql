/*
title: {ja: 検査の記録, en: Scans}
about:
  ja: この報告のもとになった検査。接続元ごとに最新の完了した検査を使います。
  en: The scans this report rests on, the latest finished one of every source.
identity: [scan_id]
columns:
  scan_id: {ja: 検査番号, en: Scan}
  sources: {ja: 接続元, en: Sources}
  estate: {ja: 対象, en: Estate}
  started_at: {ja: 開始, en: Started}
  finished_at: {ja: 終了, en: Finished}
  day: {ja: 基準日, en: As of}
  partial: {ja: 一部の接続元のみ, en: Some sources only, words: yes_no}
  guard: {ja: 取り込み前の検査, en: Guard of the load, words: guard}
  detector_version: {ja: 検出器, en: Detector}
  dictionary_version: {ja: 辞書, en: Dictionary}
  config_digest: {ja: 設定, en: Configuration}
  key_fingerprint: {ja: 鍵の指紋, en: Key fingerprint}
  law_version: {ja: 法令の版, en: Law version}
*/
SELECT scan_id, list(source ORDER BY source) AS sources, estate, started_at, scan.finished_at, scan.day, partial, guard,
       detector_version, dictionary_version, config_digest, key_fingerprint, law_version
FROM current_source JOIN scan USING (scan_id)
GROUP BY ALL
ORDER BY finished_at DESC, scan_id
