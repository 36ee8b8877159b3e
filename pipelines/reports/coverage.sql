/*
title: {ja: 検査範囲, en: Coverage}
about:
  ja: どこまで検査したか。未検査のものが先に並びます。
  en: How far the scan reached. What was not examined comes first.
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
  source: {ja: 接続元, en: Source}
  last_scan: {ja: 最終検査, en: Last scan}
identity: [asset]
measure: parts_not_examined
*/
-- `percent_rows` is NULL where a gap has no known size. A source without one asset, and an asset without one
-- part, are gaps too.
WITH places AS (
    SELECT source.source, coalesce(asset.asset_id, source.source) AS asset, source.finished_at AS last_scan,
           part.part_id, part.rows, part.reused,
           CASE WHEN part.status = 'examined' THEN NULL
                WHEN part.status IS NOT NULL THEN part.reason
                WHEN asset.asset_id IS NULL THEN 'source-empty'
                ELSE 'no-part' END AS reason
    FROM current_source AS source
    LEFT JOIN current_asset AS asset USING (source, scan_id)
    LEFT JOIN current_part AS part USING (source, scan_id, asset_id)
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
       source,
       last_scan
FROM places
GROUP BY asset, source, last_scan
ORDER BY parts_not_examined > 0 DESC, percent_parts, asset
