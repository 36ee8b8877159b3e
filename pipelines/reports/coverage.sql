/*
title: {ja: 検査範囲, en: Coverage}
about:
  ja: >-
    どこまで検査したか。未検査のものが先に並びます。今回検査できなかったものは、以前の検査の内容で数えていても未検査です(最終検査の欄がその検査)。
  en: >-
    How far the scan reached. What was not examined comes first, also where it counts as it was before: then the last
    scan is the one that examined it.
columns:
  asset: {ja: 資産, en: Asset}
  parts_not_examined: {ja: 未検査の部分, en: Parts not examined}
  reasons: {ja: 未検査の理由, en: Why not examined, words: reason}
  rows_not_examined: {ja: 未検査の行(判明分), en: Rows not examined (known)}
  rows_examined: {ja: 検査した行, en: Rows examined}
  parts: {ja: 部分, en: Parts}
  percent_parts: {ja: 検査済み(部分 %), en: "Examined (% of parts)"}
  percent_rows: {ja: 検査済み(行 %), en: "Examined (% of rows)"}
  reused: {ja: 前回から引き継いだ部分, en: Parts carried forward}
  kept: {ja: 以前の検査のまま数えている資産, en: Assets counted as they were before}
  source: {ja: 接続元, en: Source}
  last_scan: {ja: 最終検査, en: Last scan}
identity: [asset]
measure: parts_not_examined
*/
-- `percent_rows` is NULL where a gap has no known size. A source without one asset, unless it may be empty, and an asset
-- without one part, are gaps too.
WITH old AS (
    SELECT source, count(*) AS kept, max(finished_at) AS last_scan FROM current_asset
    WHERE as_of_scan IS NOT NULL GROUP BY source
),
places AS (
    SELECT source.source, coalesce(asset.asset_id, source.source) AS asset,
           coalesce(old.last_scan, asset.finished_at, source.finished_at) AS last_scan, old.kept,
           part.part_id, part.rows, part.reused, coalesce(part.status = 'old', FALSE) AS is_old,
           CASE WHEN part.status = 'examined' OR (asset.asset_id IS NULL AND source.may_be_empty) THEN NULL
                WHEN part.status IS NOT NULL THEN part.reason
                WHEN asset.asset_id IS NULL THEN 'source-empty'
                ELSE 'no-part' END AS reason
    FROM current_source AS source
    LEFT JOIN current_asset AS asset USING (source, scan_id)
    LEFT JOIN current_part AS part USING (source, scan_id, asset_id)
    LEFT JOIN old ON old.source = source.source AND asset.kind = 'source'
)
SELECT asset,
       count(reason) AS parts_not_examined,
       list(DISTINCT reason ORDER BY reason) FILTER (reason IS NOT NULL) AS reasons,
       coalesce(sum(rows) FILTER (reason IS NOT NULL), 0)::BIGINT AS rows_not_examined,
       coalesce(sum(rows) FILTER (reason IS NULL), 0)::BIGINT AS rows_examined,
       count(part_id) AS parts,
       round(100.0 * count(*) FILTER (reason IS NULL) / count(*), 1) AS percent_parts,
       CASE WHEN count(reason) = 0 THEN 100.0
            WHEN bool_and(rows > 0) FILTER (reason IS NOT NULL)
            THEN floor(1000.0 * rows_examined / (rows_examined + rows_not_examined)) / 10 END AS percent_rows,
       count(*) FILTER (reused) AS reused,
       kept,
       source,
       last_scan
FROM places
GROUP BY asset, source, last_scan, kept
-- What an outage hides is not to hide what nobody has ever examined.
ORDER BY parts_not_examined > 0 DESC, bool_or(is_old), percent_parts, asset
