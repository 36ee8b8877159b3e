/*
title: {ja: 容易照合性, en: Easy collation}
about:
  ja: >-
    社内の他の資産と照合すると個人が分かる項目(容易照合性)。同じ値を持つ項目の組と、属性の組合せで何人まで絞れるか(k)を示します。
    5未満の数は「<5」とし、各項目につき近いもの10件までを数えます。項目名だけで判断せず、値の鍵付きハッシュを比べています。
  en: >-
    What identifies by easy collation within the company: columns of two assets that hold the same values, and how
    few people a set of descriptions leaves (k). Numbers below five read "<5"; of each column the ten closest others
    are kept. Keyed hashes of the values are compared, not names of columns.
columns:
  kind: {ja: 種類, en: Kind, words: collation}
  asset: {ja: 資産, en: Asset}
  field: {ja: 項目, en: Field}
  entity_type: {ja: 種別, en: Type, words: entity}
  with_asset: {ja: 照合できる資産, en: Joins with asset}
  with_field: {ja: 照合できる項目, en: Joins with field}
  quasi: {ja: 属性の組合せ, en: Set of descriptions, words: quasi}
  shared: {ja: 共通の値, en: Values in common}
  coverage: {ja: こちらの値のうち(%), en: Of its values (%)}
  coverage_other: {ja: 相手の値のうち(%), en: Of the other's values (%)}
  adds: {ja: 照合で分かる種別, en: Types it adds, words: entity}
  rows: {ja: 行, en: Rows}
  smallest_group: {ja: 最小の人数(k), en: Smallest group (k)}
  unique_share: {ja: 一人に絞れる割合(%), en: Single out (% of rows)}
  few: {ja: 5人未満に絞れる行, en: Rows in groups below five}
  estimated: {ja: 標本からの推計, en: Estimated from a sample, words: yes_no}
identity: [kind, asset, field, with_asset, with_field, quasi]
measure: coverage
*/
WITH typed AS (
    SELECT asset_id, list_sort(list(DISTINCT entity_type)) AS types FROM current_holding GROUP BY asset_id
),
-- Many assets hold the same types: what one adds to another is told once per two kinds of assets.
holder AS (SELECT asset_id, types, dense_rank() OVER (ORDER BY types) AS kind FROM typed),
both_ways AS (
    SELECT * FROM key_pair
    UNION ALL
    SELECT entity_type, asset_b, field_b, asset_a, field_a, shared, keys_b, keys_a, sample FROM key_pair
),
pairs AS (
    SELECT pair.*, own.kind AS own_kind, other.kind AS other_kind
    FROM both_ways AS pair
    LEFT JOIN holder AS own ON own.asset_id = pair.asset_a
    LEFT JOIN holder AS other ON other.asset_id = pair.asset_b
),
kinds AS (SELECT DISTINCT kind, types FROM holder),
gains AS (
    SELECT own_kind, other_kind, list_filter(other.types, t -> NOT list_contains(own.types, t)) AS adds
    FROM (SELECT DISTINCT coalesce(own_kind, 0) AS own_kind, other_kind FROM pairs)
    LEFT JOIN kinds AS own ON own.kind = own_kind
    JOIN kinds AS other ON other.kind = other_kind
),
listed AS (
    SELECT 'join' AS kind, asset_a AS asset, field_a AS field, entity_type, asset_b AS with_asset,
           field_b AS with_field, CASE WHEN shared < 5 THEN '<5' ELSE shared::TEXT END AS shared,
           CASE WHEN shared >= 5 THEN round(100 * shared / keys_a, 1) END AS coverage,
           CASE WHEN shared >= 5 THEN round(100 * shared / keys_b, 1) END AS coverage_other,
           adds, sample > 1 AS estimated
    FROM pairs
    LEFT JOIN gains ON gains.own_kind = coalesce(pairs.own_kind, 0) AND gains.other_kind = pairs.other_kind
    UNION ALL BY NAME
    SELECT 'group' AS kind, asset_id AS asset, quasi, rows,
           CASE WHEN smallest < 5 THEN '<5' ELSE smallest::TEXT END AS smallest_group,
           CASE WHEN alone >= 5 THEN round(100 * alone / rows, 1) END AS unique_share,
           CASE WHEN few = 0 THEN '0' WHEN few < 5 THEN '<5' ELSE few::TEXT END AS few
    FROM quasi_group WHERE asset_id IN (SELECT asset_id FROM current_asset)
)
SELECT kind, asset, field, entity_type, with_asset, with_field, quasi, shared, coverage, coverage_other, adds, rows,
       smallest_group, unique_share, few, estimated
FROM listed
ORDER BY kind, coverage DESC NULLS LAST, unique_share DESC NULLS LAST, asset, field, with_asset, with_field, quasi
